//! Work of the host for many slots, on several threads.
//!
//! Threads of their own: a caller may hold the engine on a thread of a rayon pool, of which every other thread may wait for the engine.

/// Spikes that are worth a thread.
const EACH: usize = 1 << 14;

/// Does work for every item, on several threads where `n_spikes`, of all items, are many. What each part of the items, which follow
/// one another, becomes.
pub(super) fn in_parts<T: Send, R: Send>(
    n_spikes: usize,
    mut items: Vec<T>,
    work: impl Fn(Vec<T>) -> R + Sync,
) -> Vec<R> {
    let most = (n_spikes / EACH).min(rayon::current_num_threads());
    let each = items.len().div_ceil(most.max(1)).max(1);
    if each >= items.len() {
        return vec![work(items)];
    }
    let mut parts = Vec::new();
    while !items.is_empty() {
        let rest = items.split_off(each.min(items.len()));
        parts.push(std::mem::replace(&mut items, rest));
    }
    let work = &work;
    std::thread::scope(|scope| {
        let last = parts.pop();
        let threads: Vec<_> = parts
            .into_iter()
            .map(|part| scope.spawn(move || work(part)))
            .collect();
        let last = last.map(work);
        let done = threads.into_iter().map(|thread| match thread.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        done.chain(last).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_one_another() {
        for n in [0, 1, 5, 100] {
            for n_spikes in [0, 10 * EACH] {
                let items: Vec<usize> = (0..n).collect();
                let parts = in_parts(n_spikes, items.clone(), |part| part);
                assert_eq!(parts.concat(), items);
            }
        }
    }
}
