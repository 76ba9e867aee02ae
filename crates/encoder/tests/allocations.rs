//! Once the largest batch was seen, no more memory is asked for.
#![expect(unsafe_code, reason = "an allocator that counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use chatwarden_encoder::testing::small;
use chatwarden_encoder::{Encoder, Workspace};

thread_local! {
    static ASKED: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: hands everything over to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ASKED.with(|asked| asked.set(asked.get() + 1));
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_batch_no_larger_than_one_before_asks_for_no_memory() {
    let file = std::env::temp_dir().join(format!("chatwarden-encoder-allocations-{}", std::process::id()));
    std::fs::write(&file, small(&[("<unk>", 0.0), ("<s>", 0.0), ("</s>", 0.0), ("a", -1.0), ("▁", -2.0)], 3)).unwrap();
    let encoder = Encoder::open(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let long = "a ".repeat(200);
    let (mut workspace, mut vectors) = (Workspace::default(), Vec::new());
    encoder.encode(&["a a", &long, "a", "b a"], &mut workspace, &mut vectors);
    let before = ASKED.with(Cell::get);
    encoder.encode(&["a a a a", &long, "b"], &mut workspace, &mut vectors);
    encoder.encode(&[&long], &mut workspace, &mut vectors);
    assert_eq!(ASKED.with(Cell::get), before);
}
