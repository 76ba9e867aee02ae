//! A connection to Redis, and what its answers say.

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster_async::ClusterConnection;
use redis::{Cmd, ErrorKind, Pipeline, RedisError, RedisFuture, RedisResult, ServerErrorKind, Value};

use crate::address::Address;

/// One connection; copies share it.
#[derive(Clone)]
pub enum Connection {
    /// To one server.
    Node(MultiplexedConnection),
    /// To all nodes of a cluster. A pipeline goes to the one node that holds its slot.
    Cluster(ClusterConnection),
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Node(connection) => connection.req_packed_command(command),
            Self::Cluster(connection) => connection.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Node(connection) => connection.req_packed_commands(pipeline, offset, count),
            Self::Cluster(connection) => connection.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Node(connection) => connection.get_db(),
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}

/// A connection that is made when it is needed, and anew after trouble: behind Sentinel that finds the new master.
pub struct Link {
    address: Address,
    connection: Option<Connection>,
}

impl Link {
    pub fn new(address: &Address) -> Self {
        Self { address: address.clone(), connection: None }
    }

    pub async fn connection(&mut self) -> RedisResult<Connection> {
        if self.connection.is_none() {
            self.connection = Some(self.address.connect().await?);
        }
        self.connection.clone().ok_or_else(|| unexpected("a connection"))
    }

    /// The next connection is a new one.
    pub fn cut(&mut self) {
        self.connection = None;
    }
}

/// Runs a pipeline: an answer for each command. One that Redis refuses is an answer too, unless it is a whole transaction that fails.
pub async fn run(connection: &mut Connection, pipeline: &mut Pipeline) -> RedisResult<Vec<Value>> {
    pipeline.ignore_errors().query_async(connection).await
}

/// An answer that Redis does not give to this command.
pub fn unexpected(what: &'static str) -> RedisError {
    RedisError::from((ErrorKind::UnexpectedReturnType, "Redis gave another answer", format!("expected {what}")))
}

/// A refusal as an error.
pub fn accepted(value: Value) -> RedisResult<Value> {
    match value {
        Value::ServerError(error) => Err(error.into()),
        value => Ok(value),
    }
}

/// Whether Redis will refuse the same again, whoever asks: something is wrong with what lies there, or with what is asked.
pub fn lasts(error: &RedisError) -> bool {
    matches!(error.code(), Some("WRONGTYPE" | "ERR" | "CROSSSLOT"))
}

pub fn is_no_script(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
}

/// The consumer group is missing: nobody was here yet, or the memory is gone.
pub fn is_no_group(error: &RedisError) -> bool {
    error.code() == Some("NOGROUP")
}

/// The parts of a list; none of anything else.
pub fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(values) => values,
        _ => Vec::new(),
    }
}

/// The bytes of a string; none of anything else.
pub fn bytes(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        Value::SimpleString(text) => Some(text.into_bytes()),
        _ => None,
    }
}

pub fn text(value: Value) -> Option<String> {
    String::from_utf8(bytes(value)?).ok()
}

pub fn number(value: Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(number),
        value => text(value)?.parse().ok(),
    }
}
