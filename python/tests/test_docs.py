"""Every public name has a document, and examples that stand alone run."""

import doctest
import inspect

import numpy as np
import pytest
import spikefront


def public():
    """Every public object with its dotted name."""
    for module in (spikefront, spikefront.losses, spikefront.data, spikefront.nir):
        for name in module.__all__:
            of = getattr(module, name)
            yield f"{module.__name__}.{name}", of
            if inspect.isclass(of):
                yield from ((f"{name}.{part}", getattr(of, part)) for part in vars(of) if not part.startswith("_"))


def cases():
    for name, of in public():
        yield pytest.param(name, of, id=name)


@pytest.mark.parametrize("name, of", list(cases()))
def test_it_has_a_document(name, of):
    document = inspect.getdoc(of)
    assert document and document.strip()
    # Not that of a class further up.
    assert document != inspect.getdoc(object)


EXAMPLES = {
    "spikefront": spikefront,
    "NetworkBuilder": spikefront.NetworkBuilder,
    "Spikes": spikefront.Spikes,
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_its_examples_run(name):
    names = {"spikefront": spikefront, "np": np}
    examples = doctest.DocTestParser().get_doctest(inspect.getdoc(EXAMPLES[name]), names, name, None, 0)
    assert len(examples.examples) >= 2
    report = []
    result = doctest.DocTestRunner(verbose=False).run(examples, out=report.append)
    assert result.failed == 0, "".join(report)
