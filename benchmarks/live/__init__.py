"""From a server's send to a reader's eye, in a real JupyterLab: this widget beside what people use instead, in one interleaved run.

`make bench` runs it; `python -m benchmarks.live --help` says what can be chosen. Read `workloads.py` for what is streamed,
`approaches.py` for who shows it, `probe.js` for what counts as visible, and `goals.py` for what is demanded.
"""
