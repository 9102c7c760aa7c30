"""Transcripts that are not what they should be: hard of hearing, or told what to ask.

Both have the methods of `carnet.crypto.transcript.Transcript` and pass for one, so that the library's own prover and
verifier are weakened by nothing else.
"""

from carnet.crypto.transcript import Transcript


class Deaf:
    """A transcript that misses whatever is said under some labels: the mistake of a weak Fiat-Shamir transform.

    With *until*, it remembers what it missed just before that challenge: too late for those that came before.
    """

    def __init__(self, whole, *labels, until=None):
        self.whole = whole
        self.labels = frozenset(labels)
        self.until = until
        self.missed = []

    def say(self, label, message):
        if label not in self.labels:
            self.whole.say(label, message)
        elif self.until:
            self.missed.append((label, message))
        return self

    def ask(self, label, length):
        return self.whole.ask(label, length)

    def challenge(self, label):
        if label == self.until:
            for each in self.missed:
                self.whole.say(*each)
        return self.whole.challenge(label)

    def clone(self):
        other = Deaf(self.whole.clone(), *self.labels, until=self.until)
        other.missed = [*self.missed]
        return other


class Programmed:
    """A transcript whose challenges somebody has chosen before anything was said: a random oracle, programmed."""

    def __init__(self, challenges):
        self.left = list(challenges)
        self.whole = Transcript(b"carnet/programmed/v1")

    def say(self, label, message):
        self.whole.say(label, message)
        return self

    def ask(self, label, length):
        return self.whole.ask(label, length)

    def challenge(self, label):
        expected, number = self.left.pop(0)
        assert label == expected
        return number

    def clone(self):
        other = Programmed(self.left)
        other.whole = self.whole.clone()
        return other
