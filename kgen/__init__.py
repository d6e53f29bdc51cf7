"""kgen: QEMU's device configuration, for every target in one pass."""

__version__ = "1.0.0"


def minikconf() -> None:
    """Run `kgen-minikconf`. It is here because that command imports no module for this alone."""
    try:
        from kgen.files.process import catch_interrupts

        catch_interrupts()  # before anything else is imported
    except KeyboardInterrupt:
        raise SystemExit("interrupted") from None
    from kgen.commands.minikconf.command import run

    run()
