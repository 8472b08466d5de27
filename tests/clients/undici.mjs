// The WebSocket that Node has from 22 on: undici's.
import { WebSocket } from "undici";

globalThis.WebSocket = WebSocket;
