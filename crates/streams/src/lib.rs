//! How the distributed profile lies in Redis (`docs/decisions/0009-one-redis-slot-a-partition.md`): partitions and their keys, sealed
//! envelopes, scripts. Shared by the processor and, through `PyO3`, the Python services. No I/O.

mod partition;
mod peek;
mod script;
mod seal;

pub use partition::{PARTITIONS, Partition, partition_of};
pub use peek::{Peeked, peek};
pub use script::{SCRIPTS, script};
pub use seal::{SealBroken, Sealer};
