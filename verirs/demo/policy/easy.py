"""Forty easy grade-school word problems, written for this project, for models of general language.

For ``verirs demo --model smollm2`` and for trying a model out. They are too few and too easy to rank
models by.
"""

from __future__ import annotations

from collections.abc import Iterator

from verirs.types import Problem

SOURCE = "verirs-easy"

PROBLEMS: tuple[tuple[str, int], ...] = (
    ("Lena has 7 red balloons and 5 blue balloons. How many balloons does she have?", 12),
    ("A baker made 24 rolls and sold 15 of them before noon. How many rolls were left?", 9),
    ("There are 6 tables in a classroom and 4 children sit at each table. How many children is that?", 24),
    ("Omar shares 18 crackers equally among 3 friends. How many crackers does each friend get?", 6),
    ("A bus has 32 seats. 27 people are sitting. How many seats are free?", 5),
    ("Nina reads 8 pages every day. How many pages does she read in a week of 7 days?", 56),
    ("A pencil costs 2 dollars and a notebook costs 5 dollars. How much do they cost together?", 7),
    ("Felix had 20 dollars and bought a cap for 13 dollars. How many dollars does he have left?", 7),
    ("A farmer has 9 cows and 14 sheep. How many animals does he have?", 23),
    ("One box holds 12 eggs. How many eggs are in 3 boxes?", 36),
    ("A ribbon of 40 centimeters is cut into 5 equal pieces. How long is each piece, in centimeters?", 8),
    ("Maya is 9 years old. Her brother is 4 years older. How old is her brother?", 13),
    ("Today a shop sold 16 kites, twice as many as yesterday. How many kites did it sell yesterday?", 8),
    ("A train leaves with 45 people. At the first stop 12 get off. How many people are still on it?", 33),
    ("There are 5 spiders in a barn, and each spider has 8 legs. How many legs do they have in all?", 40),
    ("Ruth picked 11 plums and Ed picked 6 plums. They ate 4 of them. How many plums are left?", 13),
    ("A movie starts at 3 o'clock and lasts 2 hours. At what hour does it end?", 5),
    ("Jon has 3 bags with 6 marbles in each bag and 2 loose marbles. How many marbles does he have?", 20),
    ("A class of 28 pupils forms 4 equal teams. How many pupils are in each team?", 7),
    ("Sara saves 5 dollars a week. How many dollars has she saved after 6 weeks?", 30),
    ("A tree was 2 meters tall and grew 3 meters. Then the top 1 meter was cut off. How tall is it now?", 4),
    ("A pack of gum has 10 pieces. Leah buys 4 packs and chews 7 pieces. How many pieces are left?", 33),
    ("Two boats carry 9 people each and one boat carries 5. How many people do they carry in all?", 23),
    ("Tickets cost 6 dollars each. How many dollars do 7 tickets cost?", 42),
    ("A jar holds 50 beans. Ken takes out 20 and puts 5 back. How many beans are in the jar?", 35),
    ("A dog eats 2 cups of food in the morning and 3 in the evening. How many cups in 4 days?", 20),
    ("Amy has 15 stickers. Bo has 6 fewer stickers than Amy. How many stickers does Bo have?", 9),
    ("Amy has 15 stickers. Bo has 6 fewer than Amy. How many stickers do they have together?", 24),
    ("A painter needs 3 liters of paint for a room. How many liters does he need for 5 rooms?", 15),
    ("A rope is 21 meters long. How many pieces of 7 meters can be cut from it?", 3),
    ("There were 13 birds on a roof. 5 flew away and 2 came. How many birds are on the roof now?", 10),
    ("A cake is cut into 12 slices. 4 children eat 2 slices each. How many slices are left?", 4),
    ("A library has 6 shelves with 20 books on each. 15 books are lent out. How many remain?", 105),
    ("Milk costs 3 dollars and bread 4 dollars. Tom pays with 10 dollars. How much change does he get?", 3),
    ("A rectangle is 6 centimeters long and 4 centimeters wide. What is its area in square centimeters?", 24),
    ("A square has sides of 5 centimeters. What is its perimeter in centimeters?", 20),
    ("Half of the 26 children in a hall are girls. How many girls are there?", 13),
    ("Pia runs 3 kilometers on each of 4 days and 5 kilometers on one day. How many kilometers is that?", 17),
    ("A quarter of 20 pears are bad. How many pears are good?", 15),
    ("Ian bakes 3 trays of 8 muffins and shares them equally among 6 people. How many does each get?", 4),
)


class EasyProblems:
    """The source of these problems, in order."""

    def problems(self) -> Iterator[Problem]:
        for question, answer in PROBLEMS:
            yield Problem(
                prompt=({"role": "user", "content": question},),
                answer=str(answer),
                source=SOURCE,
                split="all",
            )
