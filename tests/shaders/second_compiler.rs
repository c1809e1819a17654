//! Every kernel through a second compiler of WGSL: the one in Chromium, without a window. It checks
//! what naga does not, above all that barriers are reached by a whole workgroup or by none of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::corpus::{skip, sources};

/// What the browser may be called.
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
];
/// How long it may take: under a second where nothing else runs.
const PATIENCE: Duration = Duration::from_secs(120);

const PAGE: &str = r#"<!doctype html><meta charset="utf-8"><script>
async function compile(device, shader) {
    const module = device.createShaderModule({code: shader.text});
    const info = await module.getCompilationInfo();
    const lines = shader.text.split("\n");
    const message = m => `line ${m.lineNum}: ${m.message} | ${lines[m.lineNum - 1] ?? ""}`;
    const told = kind => info.messages.filter(m => (m.type == "error") == kind).map(message);
    const errors = told(true);
    const compute = {module, entryPoint: shader.name};
    const made = device.createComputePipelineAsync({layout: "auto", compute});
    await made.catch(error => errors.push(String(error.message)));
    return {name: shader.name, errors, notes: told(false)};
}
async function run() {
    const shaders = await (await fetch("/shaders")).json();
    if (!navigator.gpu) throw "the browser has no WebGPU";
    const adapter = await navigator.gpu.requestAdapter();
    if (!adapter) throw "the browser has no adapter";
    const device = await adapter.requestDevice();
    const results = [];
    for (const shader of shaders) results.push(await compile(device, shader));
    return {results};
}
const send = answer => fetch("/answer", {method: "POST", body: JSON.stringify(answer)});
run().catch(error => ({failure: String(error)})).then(send);
</script>"#;

#[derive(Serialize)]
struct Shader<'a> {
    name: &'a str,
    text: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    failure: Option<String>,
    #[serde(default)]
    results: Vec<Verdict>,
}

/// What the compiler said of one shader.
#[derive(Deserialize)]
struct Verdict {
    name: String,
    errors: Vec<String>,
    notes: Vec<String>,
}

/// A browser that ends with the test.
struct Browser {
    process: Child,
    _profile: tempfile::TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn browser(address: &str) -> Option<Browser> {
    let profile = tempfile::tempdir().expect("a temporary folder");
    let process = NAMES.into_iter().find_map(|name| {
        Command::new(name)
            .args([
                "--headless=new",
                "--no-sandbox",
                "--disable-quic",
                "--no-first-run",
            ])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
            ])
            .args([
                "--disable-sync",
                "--disable-dev-shm-usage",
                "--enable-unsafe-webgpu",
            ])
            .arg("--enable-features=Vulkan,WebGPU")
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(format!("http://{address}/"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()
    })?;
    Some(Browser {
        process,
        _profile: profile,
    })
}

/// Answers one request: the page, the shaders, or thanks for what was found.
fn answer(stream: TcpStream, shaders: &str, found: &Sender<String>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(&stream);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let (status, kind, body) = match request.split(' ').nth(1) {
        Some("/") => ("200 OK", "text/html", PAGE),
        Some("/shaders") => ("200 OK", "application/json", shaders),
        Some("/answer") => {
            let mut body = vec![0; length];
            reader.read_exact(&mut body)?;
            // Nobody listens any more if the test has lost its patience.
            found.send(String::from_utf8_lossy(&body).into_owned()).ok();
            ("200 OK", "text/plain", "")
        }
        _ => ("404 Not Found", "text/plain", ""),
    };
    let length = body.len();
    write!(
        &stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

/// Compiles shaders in a browser; none where there is no browser.
fn verdicts(shaders: &[Shader<'_>]) -> Option<Vec<Verdict>> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a local port");
    let address = listener.local_addr().expect("its address").to_string();
    let shaders: Arc<str> = serde_json::to_string(shaders)
        .expect("texts are JSON")
        .into();
    let (sender, receiver) = channel();
    // Ends with the process: a browser opens connections that it never uses.
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (shaders, sender) = (Arc::clone(&shaders), sender.clone());
            std::thread::spawn(move || answer(stream, &shaders, &sender));
        }
    });
    let _browser = browser(&address)?;
    let found = receiver.recv_timeout(PATIENCE);
    let found = found.expect("the browser answers in time");
    let answer: Answer = serde_json::from_str(&found).expect("the page's own JSON");
    if let Some(failure) = answer.failure {
        panic!("the page failed: {failure}");
    }
    Some(answer.results)
}

#[test]
fn every_kernel_compiles_elsewhere() {
    let shaders: Vec<_> = sources()
        .iter()
        .map(|s| Shader {
            name: s.name,
            text: s.text,
        })
        .collect();
    let Some(verdicts) = verdicts(&shaders) else {
        return skip("there is no Chromium for a second compiler");
    };
    let named: Vec<&str> = verdicts.iter().map(|v| v.name.as_str()).collect();
    let expected: Vec<&str> = shaders.iter().map(|s| s.name).collect();
    assert_eq!(named, expected, "not every kernel was compiled");
    let mut failures = Vec::new();
    for verdict in &verdicts {
        for note in &verdict.notes {
            println!("{}: {note}", verdict.name);
        }
        failures.extend(
            verdict
                .errors
                .iter()
                .map(|e| format!("{}: {e}", verdict.name)),
        );
    }
    println!("the second compiler saw {} kernels", verdicts.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn a_barrier_for_some_is_reported() {
    let text = |condition: &str| {
        format!(
            "var<workgroup> x: u32;\n\
             @compute @workgroup_size(64) fn main(@builtin(local_invocation_index) lane: u32) {{\n\
             if ({condition}) {{ workgroupBarrier(); }}\nx = lane;\n}}"
        )
    };
    let (some, all) = (text("lane < 32u"), text("64u > 32u"));
    super::corpus::parse(&some).expect("naga lets it pass");
    let shaders = [&some, &all].map(|text| Shader { name: "main", text });
    let Some(verdicts) = verdicts(&shaders) else {
        return skip("there is no Chromium for a second compiler");
    };
    let told = verdicts[0].errors.join("\n");
    assert!(told.contains("workgroupBarrier"), "{told:?}");
    assert!(told.contains("uniform"), "{told:?}");
    assert!(verdicts[1].errors.is_empty(), "{:?}", verdicts[1].errors);
}
