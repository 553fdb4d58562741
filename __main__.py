"""``python -m counterframe`` is the command line."""

from counterframe.cli import main

if __name__ == "__main__":
    main()
