//! Numbers of things in words.

/// `n` things: `1 epoch`, `2 epochs`, `0 batches`. `thing` is one of them, the plural of which is regular.
pub fn count(n: usize, thing: &str) -> String {
    let ending = match n {
        1 => "",
        _ if thing.ends_with("tch") || thing.ends_with('s') => "es",
        _ => "s",
    };
    format!("{n} {thing}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular() {
        assert_eq!(count(1, "epoch"), "1 epoch");
        assert_eq!(count(0, "epoch"), "0 epochs");
        assert_eq!(count(3, "class"), "3 classes");
        assert_eq!(count(2, "batch"), "2 batches");
    }
}
