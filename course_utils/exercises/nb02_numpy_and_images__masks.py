"""Exercise of notebook 02, fourth part: foresee what happens to a mask."""

from ._define import Mistake, collect, exercise


@exercise(
    value=True,
    hints=[
        "Draw it on squared paper. Erode keeps a pixel only if all nine around it are in the mask.",
        "The block loses one layer all around. And what does the hole do?",
    ],
    mistakes=[
        Mistake("the hole grows as well: every pixel beside it has a no among its nine", like=25),
        Mistake("the block has shrunk, and the hole must grow: how large is it now?", like=24),
        Mistake("the hole has grown, and with zeros around it the block must shrink", like=40),
        Mistake("so many there were before: eroding takes a layer away", like=48),
        Mistake("so many there would be without the hole, before eroding", like=49),
        Mistake("the corners beside the hole go, too: all nine count, not only four", like=20),
        Mistake("a layer goes at both ends of a row: 7 − 2, not 7 − 1", like=27),
        Mistake("a 3 × 3 square takes one layer, not two", like=0),
        Mistake("this is dilate: the block has grown and the hole is gone", like=81),
    ],
)
def eroded_pixels():
    """Return how many ones a 3 × 3 erode leaves of a 7 × 7 block, with a hole, amid zeros."""
    return 16


EXERCISES = collect(vars())
