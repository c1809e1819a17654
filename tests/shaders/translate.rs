//! Every kernel in the language of each driver: SPIR-V for Vulkan, MSL for Metal, HLSL for DX12.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use naga::ShaderStage;
use naga::back::{hlsl, msl, pipeline_constants, spv};
use naga::valid::ModuleInfo;

use super::corpus::{Kernel, kernels, parse, skip, validate};

/// With values for overridable constants, as the back ends want it.
fn prepared<T>(
    name: &str,
    module: &naga::Module,
    translate: impl FnOnce(&naga::Module, &ModuleInfo) -> Result<T, String>,
) -> Result<T, String> {
    let info = validate(module)?;
    let entry = Some((ShaderStage::Compute, name));
    let (module, info) =
        pipeline_constants::process_overrides(module, &info, entry, &Default::default())
            .map_err(|error| error.to_string())?;
    translate(&module, &info)
}

fn spir_v(name: &str, module: &naga::Module) -> Result<Vec<u32>, String> {
    prepared(name, module, |module, info| {
        // What Vulkan 1.1 takes at most.
        let options = spv::Options {
            lang_version: (1, 3),
            ..Default::default()
        };
        let pipeline = spv::PipelineOptions {
            shader_stage: ShaderStage::Compute,
            entry_point: name.to_owned(),
        };
        spv::write_vec(module, info, &options, Some(&pipeline)).map_err(|e| e.to_string())
    })
}

fn metal(name: &str, module: &naga::Module) -> Result<String, String> {
    prepared(name, module, |module, info| {
        let options = msl::Options {
            lang_version: (2, 4),
            ..Default::default()
        };
        let pipeline = msl::PipelineOptions {
            entry_point: Some((ShaderStage::Compute, name.to_owned())),
            ..Default::default()
        };
        let (text, translated) =
            msl::write_string(module, info, &options, &pipeline).map_err(|e| e.to_string())?;
        translated
            .entry_point_names
            .into_iter()
            .try_for_each(|r| r.map(drop))
            .map_err(|e| e.to_string())?;
        Ok(text)
    })
}

fn direct3d(name: &str, module: &naga::Module) -> Result<String, String> {
    prepared(name, module, |module, info| {
        let options = hlsl::Options {
            shader_model: hlsl::ShaderModel::V5_1,
            ..Default::default()
        };
        let pipeline = hlsl::PipelineOptions {
            entry_point: Some((ShaderStage::Compute, name.to_owned())),
        };
        let mut text = String::new();
        let translated = hlsl::Writer::new(&mut text, &options, &pipeline)
            .write(module, info, None)
            .map_err(|e| e.to_string())?;
        translated
            .entry_point_names
            .into_iter()
            .try_for_each(|r| r.map(drop))
            .map_err(|e| e.to_string())?;
        Ok(text)
    })
}

/// What the validator of SPIR-V has against a module.
fn complaint(folder: &Path, words: &[u32]) -> Option<String> {
    let path = folder.join("kernel.spv");
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    std::fs::write(&path, bytes).expect("a temporary file");
    let output = Command::new("spirv-val")
        .args(["--target-env", "vulkan1.1"])
        .arg(&path)
        .output()
        .expect("spirv-val was there a moment ago");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    (!output.status.success()).then_some(told)
}

fn has_validator() -> bool {
    Command::new("spirv-val").arg("--version").output().is_ok()
}

#[test]
fn every_kernel_translates() {
    type Translation = fn(&Kernel) -> Result<usize, String>;
    let languages: [(&str, Translation); 3] = [
        ("SPIR-V", |k| {
            spir_v(k.name, &k.module).map(|words| words.len())
        }),
        ("MSL", |k| metal(k.name, &k.module).map(|text| text.len())),
        ("HLSL", |k| {
            direct3d(k.name, &k.module).map(|text| text.len())
        }),
    ];
    let kernels = kernels();
    let (mut counts, mut failures) = (BTreeMap::new(), Vec::new());
    for kernel in &kernels {
        for (language, translate) in languages {
            match translate(kernel) {
                Ok(0) => failures.push(format!("{} in {language}: nothing", kernel.name)),
                Ok(_) => *counts.entry(language).or_insert(0) += 1,
                Err(error) => failures.push(format!("{} in {language}: {error}", kernel.name)),
            }
        }
    }
    println!("of {} kernels: {counts:?}", kernels.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn spir_v_is_valid_for_vulkan() {
    if !has_validator() {
        return skip("spirv-val is not installed");
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let kernels = kernels();
    let failures: Vec<String> = kernels
        .iter()
        .filter_map(|kernel| {
            let words = match spir_v(kernel.name, &kernel.module) {
                Ok(words) => words,
                Err(error) => return Some(format!("{}: {error}", kernel.name)),
            };
            Some(format!(
                "{}: {}",
                kernel.name,
                complaint(folder.path(), &words)?
            ))
        })
        .collect();
    println!(
        "spirv-val accepts {} kernels",
        kernels.len() - failures.len()
    );
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn a_broken_translation_is_reported() {
    let kernel = &kernels()[0];
    assert!(spir_v("other", &kernel.module).is_err());
    let invalid = parse("@compute @workgroup_size(64) fn main() { let x = array(1, 2)[5]; }");
    if let Ok(module) = invalid {
        assert!(metal("main", &module).is_err());
        assert!(direct3d("main", &module).is_err());
    }
    if !has_validator() {
        return skip("spirv-val is not installed");
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut words = spir_v(kernel.name, &kernel.module).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(complaint(folder.path(), &words), None);
    // The bound of identifiers, far too low.
    words[3] = 2;
    assert!(complaint(folder.path(), &words).is_some());
}
