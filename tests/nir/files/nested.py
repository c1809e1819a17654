"""Writes nested.nir with NIR's own library: a nested graph, numbers without axes, delays, several edges into a node."""

import pathlib

import nir
import numpy as np


def column(n, first, step):
    return first + step * np.arange(n)


tau_syn = np.full(4, 0.005)
inner = nir.NIRGraph(
    nodes={
        "input": nir.Input(np.array([4])),
        "cell": nir.CubaLIF(
            tau_mem=np.full(4, 0.02),
            tau_syn=tau_syn,
            r=np.full(4, 20.0),
            v_leak=np.zeros(4),
            v_threshold=column(4, 0.8, 0.1),
            v_reset=np.full(4, -0.1),
            w_in=tau_syn,
        ),
        "lag": nir.Delay(np.float64(0.001)),
        "recurrent": nir.Linear(-0.01 * np.arange(16).reshape(4, 4)),
        "output": nir.Output(np.array([4])),
    },
    edges=[
        ("input", "cell"),
        ("cell", "lag"),
        ("lag", "recurrent"),
        ("recurrent", "cell"),
        ("cell", "output"),
    ],
    type_check=False,
)
graph = nir.NIRGraph(
    nodes={
        "input": nir.Input(np.array([3])),
        "first": nir.Affine(
            0.1 + 0.01 * np.arange(12).reshape(4, 3), column(4, 0.0, 0.001)
        ),
        "second": nir.Linear(0.02 * np.arange(12).reshape(4, 3)),
        "hidden": inner,
        "each": nir.Delay(column(4, 0.001, 0.0005)),
        "half": nir.Scale(np.float64(0.5)),
        "out": nir.Linear(0.1 * np.arange(8).reshape(2, 4)),
        "readout": nir.CubaLI(
            tau_mem=np.array([0.02, 0.03]),
            tau_syn=np.full(2, 0.005),
            r=np.array([20.0, 30.0]),
            v_leak=np.array([0.0, 0.25]),
            w_in=np.full(2, 0.005),
        ),
        "output": nir.Output(np.array([2])),
    },
    edges=[
        ("input", "first"),
        ("input", "second"),
        ("first", "hidden"),
        ("second", "hidden"),
        ("hidden", "each"),
        ("each", "half"),
        ("half", "out"),
        ("out", "readout"),
        ("readout", "output"),
    ],
    type_check=False,
)
nir.write(pathlib.Path(__file__).with_suffix(".nir"), graph)
