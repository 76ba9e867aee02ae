//! Processors that are killed, a Redis that is, updates that nobody can judge, settings that change: nothing is lost, nothing done twice.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may fail by panicking, and prints its figures"
)]

#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use chatwarden_engine::{Shared, SharedTap, Standing, Voice};
use chatwarden_scan::{Scanner, corpus};
use chatwarden_streams::{Partition, partition_of};
use redis::{Commands, cmd};
use serde_json::json;
use support::{BOT, Bytes, Deployment, KEY, OTHER_KEY, Redis, Row, Running, Spawned, until};

const CHAT: i64 = -1_001_234;
const SPAM: &str = "Remote work 18+, from 80 $ a day, no experience, write me @manager_job t.me/+AbCdEfGh";

fn message(id: i64, chat: i64, text: &str) -> Vec<u8> {
    let message = json!({"message_id": id, "date": 1_780_000_000 + id, "text": text,
        "chat": {"id": chat, "type": "supergroup", "title": "Gardeners"}, "from": {"id": 1_000 + id, "first_name": "R"}});
    json!({"update_id": id, "message": message}).to_string().into_bytes()
}

fn home() -> u8 {
    partition_of(Some(CHAT))
}

fn chats_of(rows: &[(Row, char)]) -> BTreeMap<i64, usize> {
    let mut counts = BTreeMap::new();
    for (row, _) in rows.iter().filter(|(_, flag)| *flag == '1') {
        *counts.entry(row.chat_id.unwrap()).or_default() += 1;
    }
    counts
}

/// Kills processors again and again while they judge; what is amiss in the end.
fn complaints(seed: u64, variables: &[(&str, &str)]) -> Option<Vec<String>> {
    const UPDATES: usize = 12_000;
    let redis = Redis::start()?;
    let updates = corpus(seed, UPDATES);
    let mut deployment = Deployment::new(&redis);
    deployment.ingest(updates.iter().map(Vec::as_slice));
    let mut random = oorandom::Rand32::new(seed);
    let mut kills = 0;
    let mut processors = [Spawned::start(&redis, variables), Spawned::start(&redis, variables)];
    loop {
        let before = deployment.pending() + deployment.open();
        if before < UPDATES / 6 || kills == 12 {
            break;
        }
        // Killed while it works: something was finished since it started.
        let moved = until("somebody works", || Some(deployment.open()).filter(|open| *open < before || *open == 0));
        sleep(Duration::from_micros(u64::from(random.rand_range(0..9_000))));
        if moved == 0 {
            break;
        }
        let victim = &mut processors[kills % 2];
        victim.kill();
        *victim = Spawned::start(&redis, variables);
        kills += 1;
    }
    until("nobody has anything in hand", || {
        (deployment.open() == 0 || deployment.pending() == 0 && deployment.unread() == 0).then_some(())
    });
    drop(processors);

    let rows = deployment.rows();
    let mut complaints = Vec::new();
    let expected: BTreeMap<i64, usize> = updates.iter().fold(BTreeMap::new(), |mut counts, update| {
        *counts.entry(chatwarden_streams::peek(update).chat.unwrap()).or_default() += 1;
        counts
    });
    if chats_of(&rows) != expected {
        let told: usize = chats_of(&rows).values().sum();
        complaints.push(format!("{told} of {UPDATES} updates recorded"));
    }
    let queued = deployment.actions();
    let once: BTreeSet<&String> = queued.iter().collect();
    if once.len() != queued.len() {
        complaints.push(format!("{} actions added twice", queued.len() - once.len()));
    }
    let recorded = rows.iter().filter(|(_, flag)| *flag == '1').flat_map(|(row, _)| &row.actions);
    let recorded: BTreeSet<&String> = recorded.map(|(id, ..)| id).collect();
    if recorded != once {
        complaints.push(format!("{} actions recorded, {} added", recorded.len(), once.len()));
    }
    println!("{kills} kills, {} actions: {complaints:?}", once.len());
    assert!(kills >= 4, "only {kills} kills: the machine was too fast for this test");
    Some(complaints)
}

#[test]
fn killed_again_and_again_every_update_is_recorded_once_and_every_action_added_once() {
    let Some(complaints) = complaints(11, &[]) else { return };
    assert!(complaints.is_empty(), "{complaints:?}");
}

#[test]
fn the_same_test_catches_a_processor_that_acknowledges_before_it_has_stored() {
    let Some(complaints) = complaints(11, &[("CHATWARDEN_ACKNOWLEDGE_EARLY", "1")]) else { return };
    assert!(complaints.iter().any(|complaint| complaint.contains("recorded")), "{complaints:?}");
}

#[test]
fn settings_count_from_the_next_batch_and_an_unloaded_partition_judges_nothing() {
    let Some(redis) = Redis::start() else { return };
    let mut deployment = Deployment::new(&redis);
    deployment.set_chat(CHAT, r#"{"mode":"observe"}"#);
    let running = Running::start(&redis, Scanner::new().unwrap());
    let state = |deployment: &mut Deployment, id: i64| {
        deployment.ingest([message(id, CHAT, SPAM).as_slice()]);
        deployment.finished();
        deployment.rows().pop().unwrap().0.state
    };
    assert_eq!(state(&mut deployment, 1).as_deref(), Some("observed"));
    deployment.set_chat(CHAT, r#"{"mode":"guard"}"#);
    assert_eq!(state(&mut deployment, 2).as_deref(), Some("pending"));
    deployment.set_chat(CHAT, r#"{"mode":"observe","policy_version":7}"#);
    assert_eq!(state(&mut deployment, 3).as_deref(), Some("observed"));
    assert_eq!(deployment.actions().len(), 2);

    deployment.unload(home());
    sleep(Duration::from_millis(1_500));
    deployment.ingest([message(4, CHAT, SPAM).as_slice(), message(5, CHAT - 1, SPAM).as_slice()]);
    assert_ne!(partition_of(Some(CHAT - 1)), home());
    until("the other partition's update is finished", || (deployment.open() == 1).then_some(()));
    sleep(Duration::from_millis(1_500));
    assert_eq!((deployment.open_in(home()), deployment.rows().len()), (1, 4));
    deployment.load(home());
    deployment.finished();
    assert_eq!(deployment.rows().pop().unwrap().0.state.as_deref(), Some("observed"));
    running.end();
}

#[test]
fn what_cannot_be_judged_ends_as_a_dead_letter_and_takes_nothing_along() {
    let Some(redis) = Redis::start() else { return };
    let mut deployment = Deployment::new(&redis);
    let (good, poisoned) = (message(1, CHAT, "good evening"), message(2, CHAT, "never judged"));
    deployment.put(home(), "u", b"no envelope");
    deployment.put(home(), "x", b"");
    deployment.ingest([good.as_slice(), b"{", message(3, CHAT, "good morning").as_slice()]);
    deployment.ingest([poisoned.as_slice()]);
    let stray = deployment.seal(&message(4, CHAT, "elsewhere"), "update");
    deployment.put(home().wrapping_add(1) % 16, "u", &stray);
    // Somebody took them all, and that one five times, and told nothing.
    let key = Partition::new(BOT, home()).updates();
    let _: () = cmd("XGROUP").arg("CREATE").arg(&key).arg("scan").arg("0").query(&mut deployment.connection).unwrap();
    let mut take = cmd("XREADGROUP");
    take.arg("GROUP").arg("scan").arg("gone").arg("STREAMS").arg(&key).arg(">");
    let _: redis::Value = take.query(&mut deployment.connection).unwrap();
    let last: Vec<(String, redis::Value)> =
        cmd("XREVRANGE").arg(&key).arg("+").arg("-").arg("COUNT").arg(1).query(&mut deployment.connection).unwrap();
    let mut claim = cmd("XCLAIM");
    claim.arg(&key).arg("scan").arg("gone").arg(0).arg(&last[0].0).arg("RETRYCOUNT").arg(5).arg("JUSTID");
    let _: redis::Value = claim.query(&mut deployment.connection).unwrap();
    let running = Running::start(&redis, Scanner::new().unwrap());
    deployment.finished();
    running.end();

    let rows = deployment.rows();
    let errors: BTreeSet<String> = rows.iter().filter_map(|(row, _)| row.error.clone()).collect();
    let begin = |beginning: &str| errors.iter().filter(|error| error.starts_with(beginning)).count();
    assert_eq!(begin("an envelope cannot be opened"), 1, "{errors:?}");
    assert_eq!(begin("lies in partition"), 1, "{errors:?}");
    assert_eq!(begin("gave up after 5 deliveries"), 1, "{errors:?}");
    assert_eq!(rows.iter().filter(|(row, _)| row.status == "judged").count(), 2);
    assert_eq!(rows.iter().filter(|(row, _)| row.status == "invalid").count(), 5);
    let letters: Vec<Bytes> =
        rows.into_iter().filter_map(|(row, _)| row.raw.filter(|_| row.status == "invalid")).collect();
    assert!(letters.contains(&Bytes(poisoned)) && letters.contains(&Bytes(b"no envelope".to_vec())));
}

#[test]
fn what_could_not_be_read_is_looked_at_again_where_it_is_replayed_and_what_was_judged_counts_once() {
    let Some(redis) = Redis::start() else { return };
    let mut deployment = Deployment::new(&redis);
    let running = Running::start(&redis, Scanner::new().unwrap());
    for _ in 0..2 {
        deployment.ingest([
            br#"{"update_id":1,"message":"no object"}"#.as_slice(),
            message(2, CHAT, "good evening").as_slice(),
        ]);
        deployment.finished();
    }
    running.end();

    let flags = |status: &str, rows: &[(Row, char)]| -> Vec<char> {
        rows.iter().filter(|(row, _)| row.status == status).map(|(_, flag)| *flag).collect()
    };
    let rows = deployment.rows();
    assert_eq!(flags("invalid", &rows), ['1', '1']);
    assert_eq!(flags("judged", &rows), ['1', 'd']);
}

#[test]
fn an_update_whose_outcome_redis_refuses_becomes_a_dead_letter_and_takes_nothing_along() {
    let Some(redis) = Redis::start() else { return };
    let mut deployment = Deployment::new(&redis);
    let tag = Partition::new(BOT, home());
    let _: () = deployment.connection.set(tag.key(&format!("message:{CHAT}:2")), "of somebody else").unwrap();
    let updates: Vec<Vec<u8>> = (1..=3).map(|id| message(id, CHAT, SPAM)).collect();
    deployment.ingest(updates.iter().map(Vec::as_slice));
    let running = Running::start(&redis, Scanner::new().unwrap());
    deployment.finished();
    running.end();

    let rows = deployment.rows();
    let letters: Vec<&Row> = rows.iter().map(|(row, _)| row).filter(|row| row.status == "invalid").collect();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].raw, Some(Bytes(updates[1].clone())));
    let error = letters[0].error.clone().unwrap();
    assert!(error.starts_with("Redis refuses what came of it") && error.contains("WRONGTYPE"), "{error}");
    let judged: Vec<_> = rows.iter().filter(|(row, _)| row.status == "judged").map(|(row, _)| row.update_id).collect();
    assert_eq!(judged, [Some(1), Some(3)]);
    assert_eq!(deployment.actions().len(), 4);
}

/// What a processor says of itself.
fn readiness(address: &str) -> String {
    let mut connection = std::net::TcpStream::connect(address).unwrap();
    connection.write_all(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_partition_that_redis_refuses_waits_and_says_so_while_the_others_go_on() {
    for broken in ["records", "chats"] {
        let Some(redis) = Redis::start() else { return };
        let mut deployment = Deployment::new(&redis);
        let key = Partition::new(BOT, home()).key(broken);
        let _: i64 = deployment.connection.lpush(&key, "of somebody else").unwrap();
        deployment.ingest([message(1, CHAT, SPAM).as_slice(), message(2, CHAT - 1, SPAM).as_slice()]);
        let (processor, address) = Spawned::start_at_a_known_address(&redis);
        until("the other partition's update is finished", || (deployment.open() == 1).then_some(()));
        until("it says so", || readiness(&address).contains("WRONGTYPE").then_some(()));
        // Longer than a processor that dies with it would be waited for.
        sleep(Duration::from_secs(4));
        assert_eq!(deployment.open_in(home()), 1);

        let _: () = deployment.connection.del(&key).unwrap();
        deployment.finished();
        until("it is ready", || readiness(&address).starts_with("HTTP/1.1 200").then_some(()));
        let statuses: Vec<String> = deployment.rows().into_iter().map(|(row, _)| row.status).collect();
        assert_eq!(statuses, ["judged", "judged"], "{broken}");
        assert_eq!(deployment.actions().len(), 4);
        drop(processor);
    }
}

#[test]
fn one_with_another_master_key_refuses_to_start_and_takes_nothing() {
    let Some(redis) = Redis::start() else { return };
    let mut deployment = Deployment::new(&redis);
    let right = Running::start(&redis, Scanner::new().unwrap());
    deployment.ingest([message(1, CHAT, "good evening").as_slice()]);
    deployment.finished();
    right.end();

    deployment.ingest([message(2, CHAT, "good evening").as_slice()]);
    let other = redis.another_key();
    let output = Spawned::command(&redis).env("CHATWARDEN_MASTER_KEY_FILE", &other).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success());
    assert!(told.contains("that the other services of this bot have"), "{told}");
    assert_eq!((deployment.open(), deployment.pending(), deployment.rows().len()), (1, 0, 1));
}

#[test]
fn one_waits_for_the_key_and_one_that_was_started_before_a_rotation_goes_on_beside_one_started_after() {
    let Some(redis) = Redis::start() else { return };
    let mut deployment = Deployment::new(&redis);
    deployment.without_key();
    let before = Running::start(&redis, Scanner::new().unwrap());
    deployment.ingest([message(1, CHAT, "good evening").as_slice()]);
    sleep(Duration::from_millis(500));
    assert_eq!(deployment.rows().len(), 0);

    deployment.bring_key(KEY);
    deployment.finished();
    deployment.bring_key(OTHER_KEY);
    deployment.ingest([message(2, CHAT, "good evening").as_slice()]);
    deployment.finished();
    before.end();

    let other = redis.another_key();
    let _after = Spawned::start(&redis, &[("CHATWARDEN_MASTER_KEY_FILE", other.to_str().unwrap())]);
    deployment.ingest([message(3, CHAT, "good evening").as_slice()]);
    deployment.finished();
    assert_eq!(deployment.rows().len(), 3);
}

#[test]
fn lists_and_rules_of_the_operator_count_and_so_does_what_changes() {
    let Some(redis) = Redis::start() else { return };
    let mut deployment = Deployment::new(&redis);
    let lists = redis.folder().join("lists");
    std::fs::create_dir(&lists).unwrap();
    std::fs::write(lists.join("scam-hosts.txt"), "first.example\n").unwrap();
    let _processor = Spawned::start(&redis, &[("CHATWARDEN_LISTS", lists.to_str().unwrap())]);
    let mut id = 0;
    let mut is_flagged = |deployment: &mut Deployment, host: &str| {
        id += 1;
        deployment.ingest([message(id, CHAT, &format!("photograph {id} is at https://{host}/album")).as_slice()]);
        deployment.finished();
        let verdict = deployment.rows().pop().unwrap().0.verdict;
        verdict.is_some_and(|verdict| String::from_utf8_lossy(&verdict.0).contains("scam_listed_domain"))
    };
    assert!(is_flagged(&mut deployment, "first.example"));
    assert!(!is_flagged(&mut deployment, "second.example"));
    std::fs::write(lists.join("scam-hosts.txt"), "second.example\n").unwrap();
    until("the changed list counts", || is_flagged(&mut deployment, "second.example").then_some(()));
    assert!(!is_flagged(&mut deployment, "first.example"));
}

#[test]
fn what_a_workspace_shares_counts_from_the_next_batch_and_is_kept_once() {
    let Some(redis) = Redis::start() else { return };
    let mut deployment = Deployment::new(&redis);
    let chats: Vec<i64> =
        (0..200).map(|n| CHAT - n).filter(|chat| partition_of(Some(*chat)) == home()).take(3).collect();
    let running = Running::start(&redis, Scanner::new().unwrap());
    let shared_of = |deployment: &mut Deployment, id: i64, chat: i64| {
        deployment.ingest([message(id, chat, SPAM).as_slice()]);
        deployment.finished();
        let row = deployment.rows().pop().unwrap().0;
        let verdict: serde_json::Value = serde_json::from_slice(&row.verdict.unwrap().0).unwrap();
        verdict["versions"]["shared"].as_u64()
    };
    let [first, second] = [10, 20].map(known_picture);
    for chat in &chats {
        deployment.share(*chat, "{}", &first);
    }
    assert_eq!(shared_of(&mut deployment, 1, chats[0]), Some(u64::from(first.fingerprint())));
    deployment.share(chats[0], "{}", &second);
    assert_eq!(shared_of(&mut deployment, 2, chats[0]), Some(u64::from(second.fingerprint())));
    assert_eq!(shared_of(&mut deployment, 3, chats[1]), Some(u64::from(first.fingerprint())));
    let names = |deployment: &mut Deployment| -> usize {
        deployment.connection.hlen(Partition::new(BOT, home()).shared()).unwrap()
    };
    assert_eq!(names(&mut deployment), 2);
    for chat in &chats {
        deployment.share(*chat, "{}", &second);
    }
    assert_eq!(names(&mut deployment), 1);
    running.end();
}

/// What two groups' owners agree on.
fn known_picture(date: i64) -> Shared {
    let tap = |group| SharedTap {
        voice: Voice { person: "owner".to_owned(), group, standing: Standing::Owner },
        features: None,
        sketch: None,
        picture: Some(0x0f0f_0f0f_f0f0_f0f0),
        is_spam: true,
        weight: 1000,
        given_at: date,
        date,
    };
    Scanner::new().unwrap().share(&[tap(1), tap(2)])
}

#[test]
fn an_update_that_telegram_delivered_twice_counts_once() {
    let Some(redis) = Redis::start() else { return };
    let mut deployment = Deployment::new(&redis);
    let update = message(1, CHAT, SPAM);
    let running = Running::start(&redis, Scanner::new().unwrap());
    deployment.ingest([update.as_slice(), update.as_slice()]);
    deployment.finished();
    deployment.ingest([update.as_slice()]);
    deployment.finished();
    running.end();
    let rows = deployment.rows();
    assert_eq!(rows.iter().map(|(_, flag)| *flag).collect::<String>(), "1dd");
    assert_eq!(deployment.actions().len(), 2);
    let title = |row: &Row| (row.chat_title.clone(), row.round);
    assert_eq!(title(&rows[0].0), (Some("Gardeners".to_owned()), Some(1)));
}

#[test]
fn a_redis_that_is_restarted_loses_nothing_and_one_that_is_emptied_is_used_again() {
    let Some(mut redis) = Redis::start() else { return };
    if !redis.is_own() {
        println!("skipped: a Redis of others is not restarted");
        return;
    }
    let updates = corpus(12, 6_000);
    let mut deployment = Deployment::new(&redis);
    let running = Running::start(&redis, Scanner::new().unwrap());
    deployment.ingest(updates.iter().map(Vec::as_slice));
    until("it is at work", || (deployment.open() < 5_500).then_some(()));
    redis.halt();
    sleep(Duration::from_millis(300));
    assert!(redis.launch());
    let mut deployment = Deployment::new(&redis);
    deployment.finished();
    assert_eq!(chats_of(&deployment.rows()).values().sum::<usize>(), updates.len());

    let _: () = cmd("FLUSHALL").query(&mut deployment.connection).unwrap();
    let mut deployment = Deployment::new(&redis);
    deployment.ingest([message(1, CHAT, "good evening").as_slice()]);
    until("it is judged", || (deployment.rows().len() == 1).then_some(()));
    running.end();
}

#[test]
fn no_memory_is_waited_out_and_makes_no_dead_letters() {
    let Some(redis) = Redis::start() else { return };
    let mut deployment = Deployment::new(&redis);
    let running = [Running::start(&redis, Scanner::new().unwrap()), Running::start(&redis, Scanner::new().unwrap())];
    deployment
        .ingest((1..200).map(|id| message(id, CHAT, "good evening")).collect::<Vec<_>>().iter().map(Vec::as_slice));
    deployment.finished();
    let _: () = deployment.connection.del(Partition::new(BOT, home()).records()).unwrap();
    // Into the stream while there is memory, then judged while there is none.
    deployment.unload(home());
    sleep(Duration::from_millis(1_200));
    deployment.ingest([message(900, CHAT, SPAM).as_slice()]);
    deployment.load(home());
    let _: () = cmd("CONFIG").arg("SET").arg("maxmemory").arg("1mb").query(&mut deployment.connection).unwrap();
    sleep(Duration::from_secs(5));
    assert_eq!(deployment.rows().len(), 0);
    let _: () = cmd("CONFIG").arg("SET").arg("maxmemory").arg("0").query(&mut deployment.connection).unwrap();
    deployment.finished();
    running.into_iter().for_each(Running::end);
    let states: Vec<_> = deployment.rows().into_iter().map(|(row, flag)| (row.state, flag)).collect();
    assert_eq!(states, [(Some("pending".to_owned()), '1')]);
}

#[test]
fn asked_to_end_it_finishes_what_it_has_in_hand_and_leaves() {
    let Some(redis) = Redis::start() else { return };
    let mut deployment = Deployment::new(&redis);
    deployment.ingest(corpus(13, 4_000).iter().map(Vec::as_slice));
    let mut processor = Spawned::start(&redis, &[]);
    until("it is at work", || (deployment.open() < 3_900).then_some(()));
    let id = processor.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert!(processor.0.wait().unwrap().success());
    assert_eq!(deployment.pending(), 0);
    assert!(deployment.open() > 0);
    let consumers: usize = (0..16).map(|number| deployment.consumers(number)).sum();
    assert_eq!(consumers, 0);
}
