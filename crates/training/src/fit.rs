//! Logistic regression by Adagrad (Duchi et al. 2011).

use chatwarden_engine::text_model::{BUCKETS, STRUCTURE};
use oorandom::Rand32;

use crate::examples::Examples;

/// Small steps: measured, they tell unseen sources apart better than large ones.
const RATE: f32 = 0.06;
const L2: f32 = 1e-4;
pub const EPOCHS: usize = 4;

/// Weights in full.
#[derive(Debug, Clone)]
pub struct Fit {
    /// One a bucket.
    pub weights: Vec<f32>,
    /// Of the structure features.
    pub structure: [f32; STRUCTURE],
    /// Constant part.
    pub bias: f32,
}

/// A weight with the sum of its squared gradients.
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    /// As it is by now.
    pub weight: f32,
    squares: f32,
}

impl Slot {
    /// Before anything was learned.
    pub const NEW: Self = Self { weight: 0.0, squares: 1e-6 };

    /// Goes against the gradient, the shorter the more was gone.
    pub fn step(&mut self, gradient: f32) {
        let gradient = gradient + L2 * self.weight;
        self.squares += gradient * gradient;
        self.weight -= RATE * gradient / self.squares.sqrt();
    }
}

/// Learns the examples, in an order drawn from `seed`.
#[must_use]
pub fn fit(examples: &Examples, seed: u64) -> Fit {
    let mut slots = vec![Slot::NEW; BUCKETS];
    let mut structure = [Slot::NEW; STRUCTURE];
    let mut bias = Slot::NEW;
    let mut random = Rand32::new(seed);
    let mut order: Vec<usize> = (0..examples.all().len()).collect();
    for _ in 0..EPOCHS {
        shuffle(&mut order, &mut random);
        for example in order.iter().filter_map(|index| examples.all().get(*index)) {
            let buckets = examples.buckets(example);
            let value = 1.0 / real(buckets.len()).sqrt();
            let weight = |bucket: &u32| slots.get(*bucket as usize).map_or(0.0, |slot| slot.weight);
            let words: f32 = buckets.iter().map(weight).sum::<f32>() * value;
            let shape: f32 = structure.iter().zip(example.structure).map(|(slot, value)| slot.weight * value).sum();
            let error = sigmoid(words + shape + bias.weight) - if example.is_spam { 1.0 } else { 0.0 };
            let error = error * example.weight;
            for bucket in buckets {
                if let Some(slot) = slots.get_mut(*bucket as usize) {
                    slot.step(error * value);
                }
            }
            for (slot, value) in structure.iter_mut().zip(example.structure) {
                slot.step(error * value);
            }
            bias.step(error);
        }
    }
    Fit {
        weights: slots.iter().map(|slot| slot.weight).collect(),
        structure: structure.map(|slot| slot.weight),
        bias: bias.weight,
    }
}

pub fn shuffle(order: &mut [usize], random: &mut Rand32) {
    for last in (1..order.len()).rev() {
        let limit = u32::try_from(last + 1).unwrap_or(u32::MAX);
        order.swap(last, random.rand_range(0..limit) as usize);
    }
}

pub fn sigmoid(value: f32) -> f32 {
    1.0 / (1.0 + (-value).exp())
}

#[expect(clippy::cast_precision_loss, reason = "a message has at most some ten thousand features")]
fn real(count: usize) -> f32 {
    count as f32
}
