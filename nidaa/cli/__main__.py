"""`python -m nidaa.cli`, the same as `nidaa`."""

from nidaa.cli.main import main

if __name__ == "__main__":
    main()
