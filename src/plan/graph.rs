//! A small directed graph of populations: reachability, components, order.

/// `reach[i][j]`: whether a path of at least one edge leads from i to j.
pub(super) fn reachability(
    n: usize,
    edges: impl Iterator<Item = (usize, usize)>,
) -> Vec<Vec<bool>> {
    let mut reach = vec![vec![false; n]; n];
    for (from, to) in edges {
        reach[from][to] = true;
    }
    for via in 0..n {
        let through = reach[via].clone();
        for row in &mut reach {
            if row[via] {
                for (reached, &beyond) in row.iter_mut().zip(&through) {
                    *reached |= beyond;
                }
            }
        }
    }
    reach
}

/// The component of each node: nodes that reach one another share the number of their first.
pub(super) fn components(reach: &[Vec<bool>]) -> Vec<usize> {
    (0..reach.len())
        .map(|node| {
            (0..node)
                .find(|&earlier| reach[node][earlier] && reach[earlier][node])
                .unwrap_or(node)
        })
        .collect()
}

/// The nodes in an order in which edges only lead forward, lower numbers first
/// among equals; `None` where a cycle forbids it.
pub(super) fn topological_order(nodes: &[usize], edges: &[(usize, usize)]) -> Option<Vec<usize>> {
    let mut waiting = nodes.to_vec();
    let mut order = Vec::with_capacity(nodes.len());
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|&node| {
            edges
                .iter()
                .all(|&(from, to)| to != node || !waiting.contains(&from))
        })?;
        order.push(waiting.remove(ready));
    }
    Some(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_the_sets_that_reach_one_another() {
        let edges = [(0, 1), (1, 2), (2, 1), (3, 3)];
        let reach = reachability(4, edges.into_iter());
        assert_eq!(components(&reach), [0, 1, 1, 3]);
        assert!(reach[0][2] && !reach[2][0] && reach[3][3] && !reach[0][0]);
    }

    #[test]
    fn a_cycle_has_no_order() {
        assert_eq!(
            topological_order(&[0, 1, 2], &[(2, 0), (0, 1)]),
            Some(vec![2, 0, 1])
        );
        assert_eq!(topological_order(&[0, 1], &[(0, 1), (1, 0)]), None);
    }
}
