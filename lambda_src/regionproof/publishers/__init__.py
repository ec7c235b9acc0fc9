"""Publishers: one destination a file. A pure ``build_…`` makes what is sent, a thin ``publish`` sends it."""
