"""The fleet: every cluster of every Region on one board, and the screens of one cluster.

screen ─── board (what is shown)         details ─── sections (what it says)
   └── operations (create, delete …) ───────┘  metrics_screen  bench_screen
                  services (AWS and the wire, called from workers only)
"""
