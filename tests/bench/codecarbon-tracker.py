"""Tracks a process that is already there with the real codecarbon package, from the first line on stdin to the second."""

import json
import sys
import time

began = time.perf_counter()
from codecarbon import OfflineEmissionsTracker  # noqa: E402

mode, pid, tdp, output = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
tracker = OfflineEmissionsTracker(
    country_iso_code="DEU",
    measure_power_secs=1,
    tracking_mode=mode,
    log_level="critical",
    save_to_file=False,
    output_dir=output,
    allow_multiple_runs=True,
    # 0: let it find counters by itself.
    force_cpu_power=tdp if tdp > 0 else None,
)
tracker.start()
startup = time.perf_counter() - began
tracker.stop()

import psutil  # noqa: E402

tracker = OfflineEmissionsTracker(
    country_iso_code="DEU",
    measure_power_secs=1,
    tracking_mode=mode,
    log_level="critical",
    save_to_file=False,
    output_dir=output,
    allow_multiple_runs=True,
    force_cpu_power=tdp if tdp > 0 else None,
)
tracker._ensure_hardware_ready()
# codecarbon follows its own process; here it is to follow the one that bears the load, without the trackers that are its children.
for hardware in tracker._hardware:
    if hasattr(hardware, "_process"):
        hardware._process = psutil.Process(pid)
        hardware._process.children = lambda recursive=False: []
    if hasattr(hardware, "_pid"):
        hardware._pid = pid
print("ready", flush=True)
sys.stdin.readline()
cpu_before = time.process_time()
tracker.start()
print("started", flush=True)
sys.stdin.readline()
tracker.stop()
data = tracker.final_emissions_data
print(
    json.dumps(
        {
            "seconds": data.duration,
            "cpuKwh": data.cpu_energy,
            "ramKwh": data.ram_energy,
            "startupMs": 1000 * startup,
            "overheadCorePercent": 100 * (time.process_time() - cpu_before) / data.duration,
        }
    ),
    flush=True,
)
