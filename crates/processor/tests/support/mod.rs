//! A real Redis of the test's own, and a deployment in it: what ingest, sync and record would do.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use chatwarden_context::{Memory, Record, StoredRecord};
use chatwarden_engine::Shared;
use chatwarden_processor::{Config, Processor};
use chatwarden_scan::Scanner;
use chatwarden_streams::{PARTITIONS, Partition, Sealer, partition_of, peek, script};
use redis::{Commands, Connection, Script, Value, cmd};
use serde::Deserialize;
use tokio::sync::watch;

pub const BOT: i64 = 7;
pub const KEY: [u8; 32] = [7; 32];
pub const OTHER_KEY: [u8; 32] = [8; 32];
const DATA_KEY: [u8; 32] = [9; 32];
/// Longer than anything takes on a busy machine; a test that waits so long fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A Redis server of its own, ended with the test.
pub struct Redis {
    server: Option<Child>,
    folder: PathBuf,
    port: u16,
    url: String,
    options: &'static [&'static str],
}

impl Redis {
    /// Starts one; none, with a printed reason, where there is none to be had. `TEST_REDIS_URL` names one that runs and may be emptied.
    pub fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    pub fn start_with(options: &'static [&'static str]) -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("chatwarden-redis-{}-{number}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("key"), KEY).unwrap();
        let mut redis = Self { server: None, folder, port: free_port(), url: String::new(), options };
        if let Ok(url) = env::var("TEST_REDIS_URL") {
            redis.url = url;
            let _: () = cmd("FLUSHALL").query(&mut redis.connect()).unwrap();
            return Some(redis);
        }
        redis.url = format!("redis://127.0.0.1:{}", redis.port);
        redis.launch().then_some(redis)
    }

    /// Starts the server on what its folder holds; false where neither program is there.
    pub fn launch(&mut self) -> bool {
        for program in ["redis-server", "valkey-server"] {
            let mut command = Command::new(program);
            command.args([
                "--port",
                &self.port.to_string(),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "yes",
            ]);
            command.arg("--dir").arg(&self.folder).args(self.options).stdout(Stdio::null());
            if let Ok(server) = command.spawn() {
                self.server = Some(server);
                until("Redis answers", || {
                    let client = redis::Client::open(self.url.as_str()).unwrap();
                    let mut connection = client.get_connection().ok()?;
                    cmd("PING").query::<String>(&mut connection).ok()
                });
                return true;
            }
        }
        eprintln!("skipped: neither redis-server nor valkey-server can be started, and TEST_REDIS_URL is not set");
        false
    }

    /// A Sentinel that watches over a master.
    pub fn start_sentinel(name: &str, master: u16) -> Self {
        let mut sentinel = Self::start_with(&[]).unwrap();
        sentinel.halt();
        let port = sentinel.port;
        let settings = format!(
            "port {port}\nbind 127.0.0.1\nsentinel monitor {name} 127.0.0.1 {master} 1\nsentinel down-after-milliseconds {name} 1000\n"
        );
        let file = sentinel.folder.join("sentinel.conf");
        fs::write(&file, settings).unwrap();
        let programs = ["redis-server", "valkey-server"].into_iter();
        let mut started = programs.filter_map(|program| {
            Command::new(program).arg(&file).arg("--sentinel").stdout(Stdio::null()).spawn().ok()
        });
        sentinel.server = started.next();
        until("Sentinel knows a replica", || {
            let client = redis::Client::open(sentinel.url.as_str()).unwrap();
            let found: Vec<Value> =
                cmd("SENTINEL").arg("REPLICAS").arg(name).query(&mut client.get_connection().ok()?).ok()?;
            (!found.is_empty()).then_some(())
        });
        sentinel
    }

    /// Of its data; goes with it.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A file with a key that nobody else has.
    pub fn another_key(&self) -> PathBuf {
        let file = self.folder.join("another key");
        fs::write(&file, OTHER_KEY).unwrap();
        file
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address in another form.
    pub fn url_as(&self, scheme: &str) -> String {
        self.url.replacen("redis", scheme, 1)
    }

    /// Ends the server; its folder stays.
    pub fn halt(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = cmd("SHUTDOWN").query::<()>(&mut self.connect());
            server.wait().unwrap();
        }
    }

    pub fn is_own(&self) -> bool {
        self.server.is_some()
    }

    pub fn connect(&self) -> Connection {
        redis::Client::open(self.url.as_str()).unwrap().get_connection().unwrap()
    }

    /// Settings of a processor: variables and values.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("CHATWARDEN_REDIS_URL", self.url.clone()),
            ("CHATWARDEN_BOT_ID", BOT.to_string()),
            ("CHATWARDEN_MASTER_KEY_FILE", self.folder.join("key").display().to_string()),
            ("CHATWARDEN_NEW_GROUP_MODE", "guard".to_owned()),
            ("CHATWARDEN_HEALTH_ADDRESS", format!("127.0.0.1:{}", free_port())),
            ("CHATWARDEN_CLAIM_AFTER", "0.5".to_owned()),
        ]
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Looks until there is something to see.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(begin.elapsed() < PATIENCE, "in vain: {what}");
        sleep(Duration::from_millis(20));
    }
}

/// What stands around the processors.
pub struct Deployment {
    pub connection: Connection,
    sealer: Sealer,
    nonce: u64,
}

/// A row of what is to be recorded.
#[derive(Debug, Clone, Deserialize)]
pub struct Row {
    pub status: String,
    pub flagged: bool,
    #[serde(default)]
    pub update_id: Option<i64>,
    #[serde(default)]
    pub chat_id: Option<i64>,
    #[serde(default)]
    pub chat_title: Option<String>,
    #[serde(default)]
    pub round: Option<u8>,
    #[serde(default)]
    pub state: Option<String>,
    #[serde(default)]
    pub actions: Vec<(String, String, Option<i64>, Option<i64>)>,
    #[serde(default)]
    pub wants: Vec<String>,
    #[serde(default)]
    pub verdict: Option<Bytes>,
    #[serde(default)]
    pub raw: Option<Bytes>,
    #[serde(default)]
    pub error: Option<String>,
}

/// Bytes of `MessagePack`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Bytes;
            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("bytes")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(Visitor)
    }
}

impl Deployment {
    /// A deployment whose settings are all loaded.
    pub fn new(redis: &Redis) -> Self {
        let mut deployment = Self { connection: redis.connect(), sealer: Sealer::new(&DATA_KEY), nonce: 0 };
        deployment.bring_key(KEY);
        for number in 0..PARTITIONS {
            deployment.load(number);
        }
        deployment
    }

    /// Puts the data key there, wrapped by a master key.
    pub fn bring_key(&mut self, master: [u8; 32]) {
        let id = self.sealer.key_id();
        let wrapped = Sealer::new(&master).seal(&DATA_KEY, &Partition::data_key_place(&id), [1; 12]).unwrap();
        let _: () = self
            .connection
            .mset(&[(Partition::data_key(BOT), wrapped), (Partition::key_id(BOT), id.into_bytes())])
            .unwrap();
    }

    /// Takes the data key away, as where no service has brought it yet.
    pub fn without_key(&mut self) {
        let _: () = self.connection.del(&[Partition::key_id(BOT), Partition::data_key(BOT)]).unwrap();
    }

    pub fn load(&mut self, number: u8) {
        let _: () = self.connection.set(Partition::new(BOT, number).loaded(), 1).unwrap();
    }

    pub fn unload(&mut self, number: u8) {
        let _: () = self.connection.del(Partition::new(BOT, number).loaded()).unwrap();
    }

    /// Stores a chat's settings, as sync does.
    pub fn set_chat(&mut self, chat: i64, settings: &str) {
        let script = Script::new(&script("set_chat").unwrap());
        let partition = Partition::new(BOT, partition_of(Some(chat)));
        let sealed = self.seal_for(settings.as_bytes(), &Partition::chat_place(BOT, chat));
        let mut call = script.prepare_invoke();
        call.key(partition.due()).arg(chat).arg(sealed).arg("").arg("").arg("");
        let _: i64 = call.invoke(&mut self.connection).unwrap();
    }

    /// Stores a chat that judges by what its workspace shares.
    pub fn share(&mut self, chat: i64, settings: &str, shared: &Shared) {
        let script = Script::new(&script("set_chat").unwrap());
        let partition = Partition::new(BOT, partition_of(Some(chat)));
        let sealed = self.seal_for(settings.as_bytes(), &Partition::chat_place(BOT, chat));
        let mut call = script.prepare_invoke();
        call.key(partition.due()).arg(chat).arg(sealed).arg("").arg(shared.fingerprint()).arg(shared.to_bytes());
        let _: i64 = call.invoke(&mut self.connection).unwrap();
    }

    pub fn seal(&mut self, clear: &[u8], place: &str) -> Vec<u8> {
        self.seal_for(clear, &format!("{place}:{BOT}"))
    }

    fn seal_for(&mut self, clear: &[u8], place: &str) -> Vec<u8> {
        self.nonce += 1;
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&self.nonce.to_le_bytes());
        self.sealer.seal(clear, place, nonce).unwrap()
    }

    /// Puts updates into their partitions, as ingest does.
    pub fn ingest<'u>(&mut self, updates: impl IntoIterator<Item = &'u [u8]>) {
        let mut pipeline = redis::pipe();
        for update in updates {
            let partition = Partition::new(BOT, partition_of(peek(update).chat));
            let sealed = self.seal(update, "update");
            pipeline.cmd("XADD").arg(partition.updates()).arg("*").arg("u").arg(sealed).ignore();
        }
        let _: () = pipeline.query(&mut self.connection).unwrap();
    }

    /// Puts an update in again with facts, as enrich does.
    pub fn ingest_again(&mut self, update: &[u8], facts: &[u8]) {
        let partition = Partition::new(BOT, partition_of(peek(update).chat));
        let (update, facts) = (self.seal(update, "update"), self.seal(facts, "facts"));
        let mut command = cmd("XADD");
        command.arg(partition.updates()).arg("*").arg("u").arg(update).arg("f").arg(facts);
        let _: () = command.query(&mut self.connection).unwrap();
    }

    /// Puts any entry into a partition.
    pub fn put(&mut self, number: u8, field: &str, value: &[u8]) {
        let key = Partition::new(BOT, number).updates();
        let _: () = cmd("XADD").arg(key).arg("*").arg(field).arg(value).query(&mut self.connection).unwrap();
    }

    /// Updates that are not finished.
    pub fn open(&mut self) -> usize {
        (0..PARTITIONS).map(|number| self.open_in(number)).sum()
    }

    pub fn open_in(&mut self, number: u8) -> usize {
        cmd("XLEN").arg(Partition::new(BOT, number).updates()).query(&mut self.connection).unwrap()
    }

    /// Updates in somebody's hands.
    pub fn pending(&mut self) -> usize {
        self.of_groups("pending")
    }

    /// Updates that nobody has read yet.
    pub fn unread(&mut self) -> usize {
        self.of_groups("lag")
    }

    fn of_groups(&mut self, figure: &str) -> usize {
        let mut sum = 0;
        for number in 0..PARTITIONS {
            let key = Partition::new(BOT, number).updates();
            let groups: Vec<BTreeMap<String, Value>> =
                cmd("XINFO").arg("GROUPS").arg(key).query(&mut self.connection).unwrap_or_default();
            let figures = groups.iter().map(|group| redis::from_redis_value(group[figure].clone()).unwrap_or(0_usize));
            sum += figures.sum::<usize>();
        }
        sum
    }

    pub fn consumers(&mut self, number: u8) -> usize {
        let key = Partition::new(BOT, number).updates();
        let found: Vec<Value> =
            cmd("XINFO").arg("CONSUMERS").arg(key).arg(Partition::SCAN).query(&mut self.connection).unwrap();
        found.len()
    }

    pub fn finished(&mut self) {
        until("every update is finished", || (self.open() == 0).then_some(()));
    }

    /// What is to be recorded, in order, each with its flag.
    pub fn rows(&mut self) -> Vec<(Row, char)> {
        let mut rows = Vec::new();
        for fields in self.records("batch") {
            let sealed = &fields["v"];
            let clear = self.sealer.open(sealed, &format!("record:{BOT}")).unwrap();
            let batch: Vec<Row> = rmp_serde::from_slice(&clear).unwrap();
            let flags = String::from_utf8(fields["n"].clone()).unwrap();
            assert_eq!(batch.len(), flags.len());
            rows.extend(batch.into_iter().zip(flags.chars()));
        }
        rows
    }

    /// Ids of actions, one for each time that one changed.
    pub fn actions(&mut self) -> Vec<String> {
        let told = self.records("action");
        told.into_iter().map(|fields| String::from_utf8(fields["id"].clone()).unwrap()).collect()
    }

    fn records(&mut self, kind: &str) -> Vec<BTreeMap<String, Vec<u8>>> {
        let mut found = Vec::new();
        for number in 0..PARTITIONS {
            let key = Partition::new(BOT, number).records();
            let entries: Vec<(String, BTreeMap<String, Vec<u8>>)> =
                cmd("XRANGE").arg(key).arg("-").arg("+").query(&mut self.connection).unwrap();
            for (id, fields) in entries.into_iter().filter(|(_, fields)| fields["k"] == kind.as_bytes()) {
                let (time, place) = id.split_once('-').unwrap();
                found.push(((time.parse::<u64>().unwrap(), place.parse::<u64>().unwrap()), fields));
            }
        }
        found.sort_by_key(|(id, _)| *id);
        found.into_iter().map(|(_, fields)| fields).collect()
    }

    /// Removes what was judged and recorded. Settings stay, and so does who reads.
    pub fn empty(&mut self) {
        const KEPT: [&str; 8] = ["updates", "loaded", "version", "chats", "changed", "learned", "key", "data-key"];
        for number in 0..PARTITIONS {
            let partition = Partition::new(BOT, number);
            let names: Vec<Vec<u8>> =
                cmd("KEYS").arg(format!("{}:*", partition.tag())).query(&mut self.connection).unwrap();
            for name in names.iter().filter(|name| KEPT.iter().all(|kept| partition.key(kept).as_bytes() != **name)) {
                let _: () = self.connection.del(name).unwrap();
            }
        }
    }

    /// Every context record by its stored key.
    pub fn context(&mut self) -> BTreeMap<Vec<u8>, Record> {
        let mut records = BTreeMap::new();
        for number in 0..PARTITIONS {
            let prefix = Partition::new(BOT, number).context(b"");
            let names: Vec<Vec<u8>> =
                cmd("KEYS").arg([prefix.as_slice(), b"*"].concat()).query(&mut self.connection).unwrap();
            for name in names {
                let pairs: Vec<Vec<u8>> =
                    cmd("ZRANGE").arg(&name).arg(&StoredRecord::RANGE).query(&mut self.connection).unwrap();
                let pairs = pairs.chunks(2).map(|pair| (pair[0].as_slice(), pair[1].as_slice()));
                let (stored, faults) = StoredRecord::read(pairs);
                assert_eq!(faults, 0);
                records.insert(name[prefix.len()..].to_vec(), stored.record);
            }
        }
        records
    }
}

/// Records of memory under these keys, as stored.
pub fn of_memory(memory: &Memory, keys: impl Iterator<Item = Vec<u8>>) -> BTreeMap<Vec<u8>, Record> {
    let known = |key: &Vec<u8>| memory.get(&chatwarden_context::Key::from_bytes(key).unwrap()).cloned();
    keys.map(|key| (key.clone(), known(&key).unwrap_or_default())).collect()
}

/// A processor in this process.
pub struct Running {
    stop: watch::Sender<bool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Running {
    pub fn start(redis: &Redis, scanner: Scanner) -> Self {
        Self::start_at(redis, &redis.url, scanner)
    }

    /// One that reaches Redis at another address.
    pub fn start_at(redis: &Redis, url: &str, scanner: Scanner) -> Self {
        let mut variables: BTreeMap<_, _> = redis.variables().into_iter().collect();
        variables.insert("CHATWARDEN_REDIS_URL", url.to_owned());
        let config = Config::read(|name| variables.get(name).cloned()).unwrap();
        let (stop, stopping) = watch::channel(false);
        let run = move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(Processor::with_scanner(config, scanner).run(stopping)).unwrap();
        };
        Self { stop, thread: Some(thread::spawn(run)) }
    }

    /// Ends it in order.
    pub fn end(mut self) {
        self.stop.send(true).unwrap();
        self.thread.take().unwrap().join().unwrap();
    }
}

/// A processor as it is shipped, in a process of its own.
pub struct Spawned(pub Child);

impl Spawned {
    pub fn start(redis: &Redis, more: &[(&str, &str)]) -> Self {
        let mut command = Self::command(redis);
        Self(command.envs(more.iter().copied()).stdout(Stdio::null()).spawn().unwrap())
    }

    /// One whose health can be asked for, there.
    pub fn start_at_a_known_address(redis: &Redis) -> (Self, String) {
        let address = format!("127.0.0.1:{}", free_port());
        (Self::start(redis, &[("CHATWARDEN_HEALTH_ADDRESS", &address)]), address)
    }

    pub fn command(redis: &Redis) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chatwarden-processor"));
        command.envs(redis.variables());
        command
    }

    /// As the system does it where memory is short, or a machine dies.
    pub fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
