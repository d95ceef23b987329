"""The viewer: every problem and every sample of runs in a browser, from a local server or a folder of files.

    index.py      what the lists show of a run: numbers and short texts in columns, no sample's text
    judging.py    what of the lists needs every sample itself: votes, doubts
    doubtful.py   which verdicts deserve a second look, and why
    pages.py      one problem with all its samples, as the page gets it
    library.py    the runs and loops that are looked at; answers every question of the page by name
    server.py     the local server: this machine only, by a random address, read only but for marks
    folder.py     the same as files, with the data in chunks, that work without a server

The page itself is built from ``viewer/`` and lies in ``verirs/report/app``.
"""
