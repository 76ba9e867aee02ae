//! A cluster, and a failover behind Sentinel.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a test may fail by panicking")]

#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use chatwarden_scan::{Scanner, corpus};
use chatwarden_streams::{Partition, partition_of, peek};
use redis::cmd;
use support::{BOT, Deployment, Redis, Running, until};

const UPDATES: usize = 1_000;
/// The partition whose node is away.
const AWAY: u8 = 3;

#[test]
fn in_a_cluster_every_partition_is_read_and_finished() {
    let Some(redis) = Redis::start_with(&["--cluster-enabled", "yes"]) else { return };
    if !redis.is_own() {
        println!("skipped: a Redis of others is made no cluster");
        return;
    }
    let mut connection = redis.connect();
    let slots: Vec<u16> = (0..16_384).collect();
    let _: () = cmd("CLUSTER").arg("ADDSLOTS").arg(&slots).query(&mut connection).unwrap();
    until("the cluster is up", || {
        let info: String = cmd("CLUSTER").arg("INFO").query(&mut connection).unwrap();
        info.contains("cluster_state:ok").then_some(())
    });
    let mut deployment = Deployment::new(&redis);
    let running = Running::start_at(&redis, &redis.url_as("redis+cluster"), Scanner::new().unwrap());
    for part in corpus(21, UPDATES).chunks(100) {
        deployment.ingest(part.iter().map(Vec::as_slice));
    }
    deployment.finished();
    running.end();
    let rows = deployment.rows();
    assert_eq!((rows.len(), rows.iter().filter(|(_, flag)| *flag == '1').count()), (UPDATES, UPDATES));
    assert!(!deployment.actions().is_empty());
}

#[test]
fn while_a_part_of_a_cluster_is_away_all_other_partitions_go_on() {
    let options = &["--cluster-enabled", "yes", "--cluster-require-full-coverage", "no"];
    let Some(redis) = Redis::start_with(options) else { return };
    if !redis.is_own() {
        println!("skipped: a Redis of others is made no cluster");
        return;
    }
    let mut connection = redis.connect();
    let slots: Vec<u16> = (0..16_384).collect();
    let _: () = cmd("CLUSTER").arg("ADDSLOTS").arg(&slots).query(&mut connection).unwrap();
    until("the cluster is up", || {
        let info: String = cmd("CLUSTER").arg("INFO").query(&mut connection).unwrap();
        info.contains("cluster_state:ok").then_some(())
    });
    let mut deployment = Deployment::new(&redis);
    let (mine, others): (Vec<_>, Vec<_>) =
        corpus(23, 6 * UPDATES).into_iter().partition(|update| partition_of(peek(update).chat) == AWAY);
    let running = Running::start_at(&redis, &redis.url_as("redis+cluster"), Scanner::new().unwrap());
    deployment.ingest(mine.iter().map(Vec::as_slice));
    // Batches of it are in hand.
    until("it is at work", || (deployment.open() < mine.len()).then_some(()));
    let slot: u16 =
        cmd("CLUSTER").arg("KEYSLOT").arg(Partition::new(BOT, AWAY).updates()).query(&mut connection).unwrap();
    let _: () = cmd("CLUSTER").arg("DELSLOTS").arg(slot).query(&mut connection).unwrap();
    deployment.ingest(others.iter().map(Vec::as_slice));
    until("all others are finished", || {
        let open: usize = (0..16).filter(|number| *number != AWAY).map(|number| deployment.open_in(number)).sum();
        (open == 0).then_some(())
    });
    let _: () = cmd("CLUSTER").arg("ADDSLOTS").arg(slot).query(&mut connection).unwrap();
    deployment.finished();
    running.end();
    let rows = deployment.rows();
    assert_eq!(rows.iter().filter(|(row, flag)| *flag == '1' && row.status != "invalid").count(), 6 * UPDATES);
}

#[test]
fn behind_sentinel_it_goes_on_with_the_new_master() {
    let Some(first) = Redis::start() else { return };
    if !first.is_own() {
        println!("skipped: a Redis of others is not failed over");
        return;
    }
    let second = Redis::start().unwrap();
    let _: () = cmd("REPLICAOF").arg("127.0.0.1").arg(first.port()).query(&mut second.connect()).unwrap();
    let sentinel = Redis::start_sentinel("main", first.port());
    until("the replica follows", || {
        let info: String = cmd("INFO").arg("replication").query(&mut first.connect()).unwrap();
        info.contains("state=online").then_some(())
    });

    let mut deployment = Deployment::new(&first);
    let running =
        Running::start_at(&first, &format!("{}/main", sentinel.url_as("redis+sentinel")), Scanner::new().unwrap());
    let updates = corpus(22, UPDATES);
    deployment.ingest(updates[..UPDATES / 2].iter().map(Vec::as_slice));
    deployment.finished();
    let _: i64 = cmd("WAIT").arg(1).arg(5_000).query(&mut deployment.connection).unwrap();
    until("Sentinel fails over", || {
        cmd("SENTINEL").arg("FAILOVER").arg("main").query::<()>(&mut sentinel.connect()).ok()
    });
    until("the replica is the master", || {
        let role: String = cmd("INFO").arg("replication").query(&mut second.connect()).unwrap();
        role.contains("role:master").then_some(())
    });
    let mut deployment = Deployment::new(&second);
    deployment.ingest(updates[UPDATES / 2..].iter().map(Vec::as_slice));
    deployment.finished();
    running.end();
    let rows = deployment.rows();
    assert_eq!((rows.len(), rows.iter().filter(|(_, flag)| *flag == '1').count()), (UPDATES, UPDATES));
}
