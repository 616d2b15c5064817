"""Two teams, each with processes and code of its own: one runs a saga, and the other one subscribes to its events."""

import pytest

from tests.servers.waiting import until

pytestmark = pytest.mark.parametrize("broker", ["redis_server"], indirect=True)
LETTERS = {
    "LETTERS": "yes",
    "LACKING": "stock.reserve,stock.release,payment.take,payment.refund,post.send,stock.crash",
}
SHOP = ("--services", "stock,payment,post")


def letters(site, **environment):
    """A worker of the subscriber's team, which serves nothing but its own service."""
    return site.worker("--services", "letters", **LETTERS, **environment)


def known(site):
    """Wait until the database knows the subscription."""
    until(lambda: site.query("SELECT name FROM sagaflow_subscription"), "the subscription to be known")


def heard(site, *runs):
    """Wait until the subscriber has taken both events of each run, and check that each took effect once."""
    until(lambda: len(letters_of(site, *runs)) == 2 * len(runs), f"two letters for each of {len(runs)} runs")
    for event in ("TakeCompleted", "SagaCompleted"):
        assert len([key for key in letters_of(site, *runs) if f":{event}:" in key]) == len(runs)


def letters_of(site, *runs):
    return [key for key in site.effects if ":letters.write:" in key and key.partition(":")[0] in runs]


def waiting(site):
    return site.query("SELECT seq FROM sagaflow_outboxmessage WHERE observer = 'letters.write' AND due_at IS NOT NULL")


def test_a_team_subscribes_in_processes_of_its_own_and_may_be_away(site):
    with site.sweeper(), site.worker(*SHOP):
        with letters(site) as theirs:
            known(site)
            runs = site.start("buy_choreographed", count=3)
            site.ends(*runs)
            heard(site, *runs)
            assert theirs.terminate() == 0
        later = site.start("buy_choreographed", count=3)
        refused = site.start("buy_choreographed", refuse=True)
        site.ends(*later)
        site.ends(*refused, status="rolled_back")
        assert letters_of(site, *later) == [], "the team is away"
        assert len(waiting(site)) == 2 * len(later) + 1, "the refused run took the payment, and did not complete"
        with letters(site):
            heard(site, *later)
            until(lambda: not waiting(site), "the last event to be taken")
    assert letters_of(site, *refused) == [key for key in letters_of(site, *refused) if ":TakeCompleted:" in key]
    assert {attention for (attention,) in site.query("SELECT attention FROM sagaflow_run")} == {""}


def test_a_subscriber_that_is_killed_after_its_effect_hears_the_event_again_and_takes_effect_once(site):
    with site.sweeper(), site.worker(*SHOP):
        site.shut("after-letter")
        with letters(site) as theirs:
            known(site)
            runs = site.start("buy_choreographed")
            site.ends(*runs)
            site.reached("after-letter")
            for child in theirs.children:
                child.kill()
            site.open("after-letter")
            lease_ends = "UPDATE sagaflow_outboxmessage SET due_at = now() WHERE due_at > now() RETURNING id"
            assert site.query(lease_ends), "the delivery of the killed process is claimed for a minute"
            heard(site, *runs)
            until(lambda: not waiting(site), "the events to be taken")
    heard_of = [key for key, _ in site.attempts if ":letters.write:" in key]
    assert len(heard_of) > len(set(heard_of)) == 2
