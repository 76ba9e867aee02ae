//! The Python module `chatwarden._engine`: converts types and errors, decides nothing.
//! Its interface is told in `src/chatwarden/_engine.pyi`.

mod encoder;
mod engine;
mod export;
mod functions;
mod item;
mod lists;
mod measure;
mod shared;
mod streams;
mod training;
mod trial;

use pyo3::prelude::*;

/// Of Rust's memory alone; Python's stays Python's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pyo3::create_exception!(
    chatwarden._engine,
    PolicyError,
    pyo3::exceptions::PyValueError,
    "A policy or chat setting the engine does not accept; the text names the field and its limits."
);

#[pymodule]
fn _engine(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", chatwarden_engine::VERSION)?;
    module.add("PolicyError", module.py().get_type::<PolicyError>())?;
    module.add_class::<item::Item>()?;
    module.add_class::<engine::Batch>()?;
    module.add_class::<engine::Engine>()?;
    module.add_class::<encoder::Encoder>()?;
    module.add_class::<encoder::Head>()?;
    module.add_class::<encoder::Campaigns>()?;
    module.add_class::<encoder::Prior>()?;
    module.add_function(wrap_pyfunction!(encoder::learn_head, module)?)?;
    module.add_function(wrap_pyfunction!(encoder::compile_encoder, module)?)?;
    module.add_class::<export::ExportSplitter>()?;
    module.add_class::<lists::HostList>()?;
    module.add_class::<shared::Shared>()?;
    module.add_class::<shared::SharedTap>()?;
    module.add_class::<trial::RuleTrial>()?;
    module.add_function(wrap_pyfunction!(functions::validate_policy, module)?)?;
    module.add_function(wrap_pyfunction!(functions::preview, module)?)?;
    module.add_function(wrap_pyfunction!(functions::signals, module)?)?;
    module.add_function(wrap_pyfunction!(functions::schemas, module)?)?;
    module.add_function(wrap_pyfunction!(functions::split_updates, module)?)?;
    module.add("MOST_TAPS", chatwarden_engine::text_model::MOST_TAPS)?;
    module.add_function(wrap_pyfunction!(functions::look_at_texts, module)?)?;
    module.add_function(wrap_pyfunction!(functions::check_kept, module)?)?;
    module.add_function(wrap_pyfunction!(functions::sketch_clusters, module)?)?;
    module.add_function(wrap_pyfunction!(functions::next_threshold, module)?)?;
    module.add_function(wrap_pyfunction!(functions::profile, module)?)?;
    module.add_function(wrap_pyfunction!(functions::look_at_picture, module)?)?;
    module.add_function(wrap_pyfunction!(functions::profile_known, module)?)?;
    module.add_function(wrap_pyfunction!(functions::corpus, module)?)?;
    module.add_function(wrap_pyfunction!(functions::rule_corpus, module)?)?;
    module.add_function(wrap_pyfunction!(training::train_text_model, module)?)?;
    module.add_function(wrap_pyfunction!(training::train_prior, module)?)?;
    module.add_function(wrap_pyfunction!(training::evaluate_text_model, module)?)?;
    module.add_function(wrap_pyfunction!(training::text_clusters, module)?)?;
    module.add_function(wrap_pyfunction!(training::text_model_card, module)?)?;
    module.add("PARTITIONS", chatwarden_streams::PARTITIONS)?;
    module.add_function(wrap_pyfunction!(streams::partition, module)?)?;
    module.add_function(wrap_pyfunction!(streams::partition_tag, module)?)?;
    module.add_function(wrap_pyfunction!(streams::peek_update, module)?)?;
    module.add_function(wrap_pyfunction!(streams::redis_script, module)?)?;
    module.add_function(wrap_pyfunction!(streams::context_commands, module)?)?;
    module.add_function(wrap_pyfunction!(streams::context_prefixes, module)?)?;
    module.add_function(wrap_pyfunction!(streams::sender_record, module)?)?;
    module.add_function(wrap_pyfunction!(streams::messages_in_record, module)?)?;
    module.add_function(wrap_pyfunction!(streams::messages_in_members, module)?)?;
    Ok(())
}
