"""The distributed profile's Redis: how it is reached, and a bot's partitions in it. Keys and scripts belong to `crates/streams`."""
