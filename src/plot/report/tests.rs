use super::*;

type Done = std::result::Result<(), Box<dyn std::error::Error>>;

const EPOCHS: &str = "{\"epoch\":1,\"loss\":0.5,\"train_accuracy\":0.5}\n\
                      {\"epoch\":2,\"loss\":0.25,\"train_accuracy\":0.875}\n";
const SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"><text>a#b%c</text></svg>";

fn folder(files: &[(&str, &str)]) -> std::io::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text)?;
    }
    Ok(folder)
}

#[test]
fn a_finished_run_is_told_whole() -> Done {
    let summary = r#"{"task":"yin-yang","preset":"default","test_accuracy":0.98712,
                      "train_seconds":12.3456,"seed":18446744073709551615,"engine":"cpu",
                      "grazing_spikes":7,"settings":{"epochs":2,"layers":[{"size":30},{"size":3}],
                      "schedule":{"cosine":{"epochs":2}},"list":[1,2]}}"#;
    let files = [
        (METRICS, EPOCHS),
        (SUMMARY, summary),
        ("zebra.svg", SVG),
        ("overview.svg", SVG),
        ("raster.svg", SVG),
        ("training.svg", SVG),
        ("notes.txt", "not shown"),
    ];
    let folder = folder(&files)?;
    let page = report(folder.path())?;
    for text in [
        "<title>yin-yang (default)</title>",
        "<dd>98.71 %</dd>",
        "<dd>12.35 s</dd>",
        "<dd>18446744073709551615</dd>",
        "All epochs: 2",
        "<td>87.50</td>",
        "<dt>grazing spikes</dt><dd>7</dd>",
        "All 5 settings",
        "<td>layers.1.size</td><td>3</td>",
        "<td>schedule.cosine.epochs</td><td>2</td>",
        "<td>list</td><td>[1,2]</td>",
        "%3Ctext%3Ea%23b%25c%3C/text%3E",
    ] {
        assert!(page.contains(text), "{text} in {page}");
    }
    let place = |text: &str| page.find(text).ok_or("it is shown");
    assert!(place("Loss and accuracy")? < place("of one test sample")?);
    assert!(place("of one test sample")? < place("zebra")?);
    assert!(!page.contains("not shown") && !page.contains("cut short"));
    assert!(!page.contains("overview") && !page.contains("grazing_spikes"));
    Ok(())
}

#[test]
fn a_run_cut_short_says_so() -> Done {
    let cut = EPOCHS.to_owned() + "{\"epoch\":3,\"lo";
    let folder = folder(&[(METRICS, &cut)])?;
    let page = report(folder.path())?;
    assert!(
        page.contains("was cut short") && page.contains("is not whole"),
        "{page}"
    );
    std::fs::write(folder.path().join(METRICS), "")?;
    assert!(report(folder.path())?.contains("No epoch has ended"));
    Ok(())
}

#[test]
fn nothing_runs_and_nothing_comes_from_elsewhere() -> Done {
    let attack = "</title><script>alert(1)</script><img src=http://a>\"' onload=x";
    let summary = serde_json::json!({ "task": attack, "engine": attack }).to_string();
    let line = serde_json::json!({ attack: attack }).to_string() + "\n";
    let files = [
        (METRICS, line.as_str()),
        (SUMMARY, &summary),
        ("a.svg", attack),
    ];
    let page = report(folder(&files)?.path())?;
    assert!(!page.contains("<script"), "{page}");
    assert_eq!(page.matches("<img alt=\"a\" src=\"data:").count(), 1);
    assert_eq!(page.matches("<img").count(), 1);
    assert_eq!(page.matches("</title>").count(), 1);
    assert!(page.contains("default-src 'none'"));
    Ok(())
}

#[test]
fn faults_name_the_file() -> Done {
    let message = |files: &[(&str, &str)]| -> std::result::Result<String, std::io::Error> {
        let error = report(folder(files)?.path()).err();
        Ok(error.map(|e| e.to_string()).unwrap_or_default())
    };
    assert_eq!(message(&[(METRICS, EPOCHS)])?, "");
    assert!(message(&[])?.contains("it lacks metrics.jsonl"));
    assert!(message(&[(METRICS, "x\n")])?.contains("metrics.jsonl: line 1"));
    assert!(message(&[(METRICS, EPOCHS), (SUMMARY, "{")])?.contains("summary.json: "));
    assert!(message(&[(METRICS, EPOCHS), (SUMMARY, "1")])?.contains("a JSON object"));
    let many: Vec<String> = (0..65).map(|ix| format!("{ix}.svg")).collect();
    let pictures = many.iter().map(|name| (name.as_str(), SVG));
    let files: Vec<_> = pictures.chain([(METRICS, EPOCHS)]).collect();
    assert!(message(&files)?.contains("is 65: leave at most 64"));
    let folder = folder(&[(METRICS, EPOCHS)])?;
    std::fs::write(folder.path().join("bad.svg"), [0xff, 0xfe])?;
    let error = report(folder.path()).expect_err("no text").to_string();
    assert!(error.contains("bad.svg: not a text"), "{error}");
    Ok(())
}
