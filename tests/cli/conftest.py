"""Commands as tests of the command line run them."""

from __future__ import annotations

import json

import pytest

from hvm.cli.app import run


@pytest.fixture
def hvm(capsys):
    """Run a command; returns its status, stdout and stderr."""

    def call(*arguments):
        capsys.readouterr()
        status = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return call


@pytest.fixture
def hvm_json(hvm):
    """Run a command with --json; returns the one object on stdout."""

    def call(*arguments):
        status, out, err = hvm(*arguments, "--json")
        assert status == 0, err
        assert out.endswith("\n") and out.count("\n") == 1
        return json.loads(out)

    return call
