"""Runs cases and counts them, as tests/lib/verdict.sh does for shell."""


def run(cases, *arguments):
    """Calls each test of @cases, (name, test), with @arguments; True if one failed."""
    failed = 0
    for name, test in cases:
        try:
            test(*arguments)
            print(f"ok    {name}")
        except Exception as error:  # whatever a test ends with is its failure
            failed += 1
            print(f"FAIL  {name}: {error!r}")
    print(f"{len(cases) - failed} passed, {failed} failed")
    return failed != 0
