"""Problems of our own, each told a second time in other words, numbers kept: what a rewriting model does."""

PAIRS: tuple[tuple[str, str], ...] = (
    (
        "A baker makes 14 loaves every hour and works 6 hours a day. She sells each loaf for 3 dollars. "
        "How much money does she take in over a 5 day week if every loaf is sold?",
        "Loaves leave a bakery's oven at a rate of 14 per hour, 6 hours daily. With a price of $3 apiece "
        "and nothing left over, what are the total earnings of a working week of 5 days?",
    ),
    (
        "Tom has 24 marbles. He gives a quarter of them to his sister and then buys 10 more. How many "
        "marbles does Tom have now?",
        "Out of a collection of 24 marbles Tom hands one fourth to his sister; afterwards he purchases "
        "another 10. What is the size of his collection at the end?",
    ),
    (
        "A train leaves the station at 9 am and travels at 80 kilometers per hour. A second train leaves "
        "two hours later at 120 kilometers per hour. At what time does the second train catch up with "
        "the first?",
        "Two hours after a train with a speed of 80 km/h departed at 9 in the morning, another one "
        "starts on the same line at 120 km/h. When will it draw level with the earlier one?",
    ),
    (
        "The sum of three consecutive even integers is 78. What is the largest of the three integers?",
        "Three even numbers follow one another and add up to 78. Find the biggest.",
    ),
    (
        "A rectangle has a perimeter of 46 cm and its length is 5 cm more than its width. Find the area "
        "of the rectangle in square centimeters.",
        "The sides of a rectangle differ by 5 cm, and going once around it takes 46 cm. What area does "
        "it cover?",
    ),
    (
        "Maria reads 20 pages on Monday and each day after that she reads 5 pages more than the day "
        "before. How many pages has she read by the end of Friday?",
        "Starting with 20 pages on Monday, Maria raises her daily reading by 5 pages every day. What is "
        "her total through Friday?",
    ),
    (
        "Let f(x) = 3x^2 - 2x + 7. Find the value of f(4) - f(1).",
        "Given the function f with f(x) equal to 3x^2 - 2x + 7, by how much does its value at 4 exceed "
        "its value at 1?",
    ),
    (
        "A bag contains 5 red balls and 7 blue balls. Two balls are drawn at random without replacement. "
        "What is the probability that both balls are red?",
        "From a bag of 12 balls, 5 of which are red and the rest blue, someone takes two, one after the "
        "other, and puts none back. How likely is it to get two red ones?",
    ),
    (
        "A shop sells pencils in packs of 12 and erasers in packs of 8. What is the least number of "
        "pencils and erasers one must buy to have the same number of each?",
        "Pencils come by the dozen and erasers by eights. At what smallest equal count can both be bought?",
    ),
    (
        "Find the number of ways to arrange the letters of the word LEVEL in a row.",
        "How many different strings can be formed by reordering all five letters of LEVEL?",
    ),
    (
        "A tank is filled by one pipe in 6 hours and by another pipe in 3 hours. How long does it take "
        "to fill the tank if both pipes are opened at the same time?",
        "One pipe alone needs 6 hours for a tank, a second alone needs 3. Working together, when are "
        "they done?",
    ),
    (
        "The price of a coat is raised by 20 percent and then lowered by 20 percent. The final price is "
        "96 dollars. What was the original price of the coat?",
        "After a 20% increase followed by a 20% reduction a coat costs $96. How much was it before these "
        "changes?",
    ),
    (
        "Each of the 18 students in a class plants 4 trees. If one third of the trees die during the "
        "winter, how many trees are left in the spring?",
        "18 pupils put 4 trees each into the ground; the winter kills a third of them. What number survives?",
    ),
    (
        "In a right triangle the legs have lengths 9 and 12. What is the length of the altitude drawn to "
        "the hypotenuse?",
        "A triangle has a right angle between sides of 9 and 12. How high is it above its longest side?",
    ),
    (
        "A phone plan costs 25 dollars a month plus 10 cents for every minute over 300 minutes. Ana used "
        "420 minutes last month. How much did she pay?",
        "Ana's contract has a monthly fee of $25, with 300 minutes included and $0.10 for each further "
        "one. Her bill for a month with 420 minutes was how high?",
    ),
    (
        "How many positive integers less than 100 are divisible by 3 but not by 4?",
        "Count the numbers from 1 to 99 which are multiples of 3 and are not multiples of 4.",
    ),
    (
        "A farmer has chickens and cows. There are 30 heads and 84 legs in total. How many cows does the "
        "farmer have?",
        "On a farm with only cows and chickens one counts 84 legs and 30 heads. What is the number of cows?",
    ),
    (
        "If 5 workers can build a wall in 12 days, how many days would 4 workers need to build the same "
        "wall?",
        "A wall takes a crew of 5 twelve days. With a crew of 4, all working at that pace, how long?",
    ),
    (
        "The average of five numbers is 16. When one number is removed, the average of the remaining "
        "four numbers is 14. What number was removed?",
        "Five numbers have mean 16; leaving one of them out brings the mean down to 14. Which value was "
        "left out?",
    ),
    (
        "Write a function that returns the second largest distinct value in a list of integers, or None "
        "if there is no such value.",
        "Implement a routine which, for a list of ints, gives back the runner-up among its different "
        "values; None when fewer than two exist.",
    ),
)
