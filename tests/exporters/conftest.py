"""The schema of PMML, for all that is exported."""

import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def pmml_schema():
    """The schema of PMML 4.4, which the independent engine brings along."""
    engine = pytest.importorskip("jpmml_evaluator", reason="jpmml_evaluator is not installed")
    etree = pytest.importorskip("lxml.etree", reason="lxml is not installed")
    for jar in sorted(Path(engine.__file__).parent.rglob("*.jar")):
        archive = zipfile.ZipFile(jar)
        if "pmml.xsd" in archive.namelist():
            return etree.XMLSchema(etree.fromstring(archive.read("pmml.xsd")))
    raise AssertionError("jpmml_evaluator no longer holds the schema")
