"""Data sets, encodings, and events as spikes."""

import numpy as np
import pytest
import spikefront
from spikefront import data

EVENT = [("x", np.int16), ("y", np.int16), ("t", np.int64), ("p", bool)]


def test_yin_yang_is_in_its_circle():
    features, labels = data.yin_yang(300, 42)
    assert features.shape == (300, 4) and labels.shape == (300,) and labels.dtype == np.int64
    assert features.min() >= 0.0 and features.max() <= 1.0 and set(labels) == {0, 1, 2}
    np.testing.assert_allclose(features[:, 2:], 1.0 - features[:, :2], atol=1e-15)
    assert np.all(np.hypot(features[:, 0] - 0.5, features[:, 1] - 0.5) <= 0.5 + 1e-12)
    assert np.array_equal(features, data.yin_yang(300, 42)[0])
    assert not np.array_equal(features, data.yin_yang(300, 41)[0])


@pytest.mark.parametrize("load, size, features, classes", [(data.iris, 150, 4, 3), (data.digits, 1797, 64, 10)])
def test_sets_that_ship_with_the_library(load, size, features, classes):
    values, labels = load()
    assert values.shape == (size, features) and labels.shape == (size,)
    assert values.min() == 0.0 and values.max() == 1.0 and set(labels) == set(range(classes))


def test_latency_is_linear_in_the_feature():
    features = np.array([[0.0, 0.25, 1.0], [0.5, 0.75, 0.1]])
    spikes = data.encode_latency(features, 2.0, 10.0)
    assert np.array_equal(spikes.offsets, [0, 3, 6])
    for sample, row in enumerate(features):
        times, channels = spikes.sample(sample)
        np.testing.assert_allclose(times, np.sort(2.0 + 8.0 * row), atol=1e-12)
        assert np.array_equal(channels, np.argsort(row))
    inverted = data.encode_latency(features, 2.0, 10.0, inverted=True)
    np.testing.assert_allclose(inverted.sample(0)[0], [2.0, 8.0, 10.0], atol=1e-12)
    assert inverted.sample(0)[1].tolist() == [2, 1, 0]
    fewer = data.encode_latency(features, 2.0, 10.0, skip_below=0.2, bias=5.0)
    assert fewer.sample(0)[1].tolist() == [1, 3, 2] and fewer.sample(0)[0][1] == 5.0


@pytest.mark.parametrize(
    "features, earliest, latest, keywords",
    [
        ([[0.5, np.nan]], 0.0, 1.0, {}),
        ([[0.5, 1.5]], 0.0, 1.0, {}),
        ([[0.5]], 2.0, 1.0, {}),
        ([[0.5]], -1.0, 1.0, {}),
        ([[0.5]], 0.0, np.inf, {}),
        ([[0.5]], 0.0, 1.0, {"bias": -1.0}),
        ([[0.5]], 0.0, 1.0, {"skip_below": np.nan}),
        ([0.5], 0.0, 1.0, {}),
    ],
)
def test_what_cannot_be_encoded_is_refused(features, earliest, latest, keywords):
    with pytest.raises(ValueError):
        data.encode_latency(features, earliest, latest, **keywords)


def test_channels_of_events_are_those_of_numpy():
    rng = np.random.default_rng(3)
    shape, samples = (5, 7, 2), []
    for size in (40, 0, 9):
        events = np.empty(size, dtype=EVENT)
        events["t"] = rng.integers(0, 50_000, size)
        for axis, length in zip(("x", "y", "p"), shape, strict=True):
            events[axis] = rng.integers(0, length, size)
        samples.append(events)
    spikes = data.from_events(iter(samples), shape, unit=0.001)
    assert len(spikes) == 3
    for sample, events in enumerate(samples):
        channels = np.ravel_multi_index((events["x"], events["y"], events["p"].astype(int)), shape)
        order = np.lexsort((channels, events["t"]))
        times, units = spikes.sample(sample)
        assert np.array_equal(times, events["t"][order] * 0.001) and np.array_equal(units, channels[order])
    one_axis = np.array([(3, 1000)], dtype=[("x", np.int64), ("t", np.int64)])
    assert data.from_events([one_axis], (4,), unit=0.001).sample(0)[1].tolist() == [3]


def test_events_that_do_not_fit_are_refused():
    events = np.array([(1, 2, 10, True)], dtype=EVENT)
    for shape, changed, words in (
        ((5, 2, 2), {}, "y of sample 0 is 2: the shape allows 0 to 1"),
        ((5, 7, 2), {"x": -1}, "x of sample 0 is -1"),
        ((5, 7), {}, "give t and 2"),
        ((5, 7, 2), {"t": -1}, "zero or later"),
    ):
        other = events.copy()
        for field, value in changed.items():
            other[field] = value
        with pytest.raises(ValueError, match=words):
            data.from_events([other], shape, unit=0.001)
    with pytest.raises(ValueError, match="fields of sample 0"):
        data.from_events([np.zeros(3)], (3,), unit=1.0)


def bytes_of(x, y, p, t):
    return bytes([x, y, p << 7 | t >> 16, t >> 8 & 255, t & 255])


def test_n_mnist_is_read_with_overflows(tmp_path):
    path = tmp_path / "00001.bin"
    path.write_bytes(
        bytes_of(3, 5, 1, 100) + bytes_of(33, 0, 0, 2**23 - 1) + bytes_of(0, 240, 0, 0) + bytes_of(1, 2, 0, 70_000)
    )
    events = data.read_n_mnist(str(path))
    assert events["x"].tolist() == [3, 33, 1] and events["y"].tolist() == [5, 0, 2]
    assert events["p"].tolist() == [1, 0, 0]
    assert events["t"].tolist() == [100, 2**23 - 1, 70_000 + 2**13]
    spikes = data.from_events([events], (34, 34, 2), unit=0.001)
    expected = np.ravel_multi_index((3, 5, 1), (34, 34, 2))
    assert (spikes.units[0], spikes.times[0]) == (expected, 0.1)


def test_a_file_of_n_mnist_that_was_cut_is_refused(tmp_path):
    path = tmp_path / "cut.bin"
    path.write_bytes(bytes(7))
    with pytest.raises(ValueError, match="7 bytes"):
        data.read_n_mnist(str(path))
    with pytest.raises(FileNotFoundError):
        data.read_n_mnist(str(tmp_path / "none.bin"))
    (tmp_path / "empty.bin").touch()
    assert len(data.read_n_mnist(str(tmp_path / "empty.bin"))) == 0
    assert len(spikefront.data.from_events([], (34, 34, 2), unit=0.001)) == 0
