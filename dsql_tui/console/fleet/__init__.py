"""The fleet: every cluster of every Region on one board, and all that can be done to one.

screen ─── board (what is shown)         details ─── sections (what it says)
   └── operations (create, delete …) ───────┘  metrics_screen  bench_screen
                  services (AWS and the wire, called from workers only)
"""
