//! What a process takes while it stands in its place and work is done.

use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

use super::program::{Process, Program};
use super::stage::Stage;
use super::work::Work;
use crate::problem::Problem;

impl Stage {
    /// How long a process took for each event while work was done so many times.
    pub async fn during(&self, process: Process, times: usize, work: &mut Work<'_>) -> Result<Vec<Duration>, Problem> {
        drop(self.took());
        let working = async {
            for _ in 0..times {
                work.once().await?;
                // What follows from it is nobody's time.
                self.system.settle().await?;
            }
            Ok(())
        };
        self.with(process, working).await?;
        let took = self.took();
        if took.len() < times { Err(format!("{} was not invoked", self.function.code).into()) } else { Ok(took) }
    }

    /// Does something while a process stands in its place, and ends it then.
    pub async fn with<T>(
        &self,
        process: Process,
        work: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        self.put(Some(process.api.clone()));
        let done = work.await;
        self.put(None);
        process.end().await?;
        done
    }

    /// What a new process calls of AWS for its first event.
    pub async fn calls_of_one(&self, process: Process, work: &mut Work<'_>) -> Result<Vec<String>, Problem> {
        drop(self.calls());
        self.during(process, 1, work).await?;
        let of = |call: String| call.split_once(' ').map(|(_, call)| call.to_owned());
        Ok(self.calls().into_iter().filter_map(of).collect())
    }
}

impl Program {
    /// Instructions until it asks for its first event, or until it has done some work; none where valgrind cannot run it.
    pub async fn instructions(&self, stage: &Stage, work: Option<&mut Work<'_>>) -> Result<Option<u64>, Problem> {
        let [program] = self.command.as_slice() else { return Ok(None) };
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program).stderr(Stdio::piped());
        let mut process = self.spawn(stage, command).await?;
        let mut told = process.child.stderr.take().ok_or("no stderr")?;
        match work {
            Some(work) => drop(stage.during(process, 1, work).await?),
            None => process.end().await?,
        }
        let mut text = String::new();
        told.read_to_string(&mut text).await?;
        let counted = text.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok());
        counted.map(Some).ok_or_else(|| format!("valgrind: {text}").into())
    }
}
