// What a browser has and Node 20 lacks: the reference EventSource and a WebSocket.
import { EventSource } from "eventsource";
import { WebSocket } from "ws";

globalThis.EventSource = EventSource;
globalThis.WebSocket = WebSocket;
