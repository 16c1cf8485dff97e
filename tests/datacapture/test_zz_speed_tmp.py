import time, random, datetime
import pytest
from datacapture import intake_jobs, keys
from datacapture.actions import deliveries, storing
from datacapture.enums import Channel
from datacapture.models import *
from kip.core.scope import *
from tests.datacapture.intake_files import csv_file, enrol, line, purpose
from tests.conftest import *

@pytest.mark.django_db
def test_speed(country, settings, tmp_path):
    settings.KIP_HOME, settings.KIP_KEY_FILE = tmp_path, tmp_path/"keys"
    with activate(WORKER):
        enrol(country["north_1"], purpose())
    rnd=random.Random(1)
    rows=[line(str(i), patient=f"{rnd.randint(1,28):02d}{rnd.randint(1,12):02d}{rnd.randint(40,99):02d}{rnd.randint(1000,3999)}", start=f"2026-0{rnd.randint(1,9)}-{rnd.randint(1,28):02d}", value=str(rnd.randint(30,90))) for i in range(200_000)]
    body=csv_file(*rows); print(len(body)/1e6,"MB")
    scope=Scope(Persona.PRACTICE, practice_id=country["north_1"].pk)
    orig=storing._write_events
    def timed(*a):
        t=time.perf_counter(); orig(*a); print("  write_events", round(time.perf_counter()-t,2))
    storing._write_events=timed
    for mode in ("check","store","store"):
        st=keys.vault().store([body], limit=10**9)
        with activate(scope):
            d=deliveries.receive(deliveries.Sender(scope, Channel.WEB), st, "x.csv", mode=mode)
        t=time.perf_counter()
        intake_jobs.store_delivery(scope, lambda *_: None, delivery_id=d.pk, mode=mode)
        with activate(WORKER):
            r=Delivery.objects.get(pk=d.pk).receipt
        s=time.perf_counter()-t
        print(mode, round(s,2),"s", int(200_000/s),"rows/s", r["new"], r["changed"], r["same"], r["new_patients"])
