use spikefront::cpu::sparse::*;
use spikefront::networks::NamedNetwork;
use std::time::Instant;
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let a: Vec<String> = std::env::args().collect();
    let t = Instant::now();
    let mut b = NamedNetwork::find(&a[1])?.describe(a[2].parse()?, 1)?;
    let net = b.partitions(a[4].parse()?).clone().build()?;
    println!(
        "build {:.2} s  {} neurons {} synapses {:.1} B/syn",
        t.elapsed().as_secs_f64(),
        net.neurons(),
        net.synapses(),
        net.synapse_bytes() as f64 / net.synapses() as f64
    );
    let window = a.get(5).map(|s| s.parse().unwrap());
    let mut s = SparseSimulation::new(&net, SparseOptions { window })?;
    let until: f64 = a[3].parse()?;
    let mut counts = vec![0u64; net.populations().len()];
    s.run(until * 0.1, |_| Ok(()))?;
    let (t, e0, n0) = (Instant::now(), s.synaptic_events(), s.spikes());
    s.run(until * 1.1, |f| {
        for x in f {
            let p = net
                .populations()
                .iter()
                .position(|p| p.neurons.contains(&x.neuron))
                .unwrap();
            counts[p] += 1;
        }
        Ok(())
    })?;
    let e = t.elapsed().as_secs_f64();
    println!(
        "{} ms in {e:.3} s, window {} ms, {} spikes, {} events, {:.1} ns/event",
        until,
        s.window(),
        s.spikes() - n0,
        s.synaptic_events() - e0,
        e * 1e9 / (s.synaptic_events() - e0) as f64
    );
    for (p, c) in net.populations().iter().zip(&counts) {
        println!(
            "{} {:.3} Hz",
            p.name,
            *c as f64 / p.neurons.len() as f64 / until * 1e3
        );
    }
    Ok(())
}
