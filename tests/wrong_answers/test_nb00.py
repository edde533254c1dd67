"""Wrong answers to the exercises of notebook 00."""

from wrong_answer_runner import WrongAnswers

wrong = WrongAnswers("00")


@wrong("double", "you add 2")
def double_adds_two(x):
    return x + 2


@wrong("double", "you square it")
def double_squares(x):
    return x * x


@wrong("double", "prints but returns nothing")
def double_prints(x):
    print(2 * x)


@wrong("double", "you give x back unchanged")
def double_forgets_to_keep(x):
    x * 2
    return x


@wrong("double", "yours is a str")
def double_as_text(x):
    return f"{2 * x}"


wrong.value("run_order", 30, "cell 2 ran once more")
wrong.value("run_order", 15, "starts from what the last one left")
wrong.value("run_order", 40, "1, 2, 2, 3")
wrong.value("run_order", 34, "34 is not it")
wrong.value("run_order", 25, "its 5 is added again")
wrong.value("run_order", "35", "yours is a str ('35'), the answer is an int")
wrong.value("run_order", 35.0, "write it without a point")


@wrong("fahrenheit", "fixed at 20")
def fahrenheit_of_a_fixed_value(celsius):
    celsius = 20
    return celsius * 9 / 5 + 32


@wrong("fahrenheit", "it still reads temperature")
def fahrenheit_right_by_chance(celsius):
    return celsius * 9 / 5 + 32 + (temperature - 20)


@wrong("fahrenheit", "a variable of another cell")
def fahrenheit_through_a_global(celsius):
    global temperature
    temperature = celsius
    return temperature * 9 / 5 + 32


@wrong("fahrenheit", "fixed at 20")
def fahrenheit_with_a_default(celsius, temperature=20):
    return temperature * 9 / 5 + 32


@wrong("fahrenheit", "no brackets are needed")
def fahrenheit_with_brackets(celsius):
    return 9 / 5 * (celsius + 32)


@wrong("fahrenheit", "// drops the fraction")
def fahrenheit_whole(celsius):
    return 9 * celsius // 5 + 32


@wrong("fahrenheit", "upside down")
def fahrenheit_inverse(celsius):
    return 5 * celsius / 9 + 32


@wrong("fahrenheit", "32 is missing")
def fahrenheit_without_offset(celsius):
    return 1.8 * celsius


@wrong("fahrenheit", "use only the parameters")
def fahrenheit_of_a_lost_name(celsius):
    return temperature_of_the_cell_above * 9 / 5 + 32  # noqa: F821


@wrong("clip_pixel", "nothing is held at 0")
def clip_top_only(value):
    return 255 if value > 255 else value


@wrong("clip_pixel", "nothing is held at 255")
def clip_bottom_only(value):
    return 0 if value < 0 else value


@wrong("clip_pixel", "% 256 wraps around")
def clip_by_wrapping(value):
    return value % 256


@wrong("clip_pixel", "not 256")
def clip_to_256(value):
    return max(0, min(256, value))


@wrong("clip_pixel", "do not round it")
def clip_and_round(value):
    return int(max(0, min(255, value)))


@wrong("clip_pixel", "abs() turns")
def clip_by_abs(value):
    return min(255, abs(value))


@wrong("clip_pixel", "swapped")
def clip_swapped(value):
    return max(min(value, 0), 255)


@wrong("count_bright", "at least means >=")
def count_strictly_brighter(pixels, threshold):
    return len([p for row in pixels for p in row if p > threshold])


@wrong("count_bright", "is return inside the loop?")
def count_returns_early(pixels, threshold):
    for row in pixels:
        count = 0
        for pixel in row:
            if pixel >= threshold:
                count += 1
        return count
    return None


@wrong("count_bright", "set the count to 0 once")
def count_starts_over(pixels, threshold):
    for row in pixels:
        count = 0
        for pixel in row:
            count += pixel >= threshold
    return int(count)


@wrong("count_bright", "you add the values up")
def count_sums(pixels, threshold):
    total = 0
    for row in pixels:
        for pixel in row:
            total += pixel if pixel >= threshold else 0
    return total


@wrong("count_bright", "how many are there?")
def count_returns_the_pixels(pixels, threshold):
    return [p for row in pixels for p in row if p >= threshold]


@wrong("count_bright", "a row is a list")
def count_compares_rows(pixels, threshold):
    return sum(row >= threshold for row in pixels)


@wrong("count_bright", "you count the dark ones")
def count_darker(pixels, threshold):
    return sum(p < threshold for row in pixels for p in row)


@wrong("count_bright", "you count rows")
def count_rows(pixels, threshold):
    return len([row for row in pixels if max(row) >= threshold])


@wrong("count_bright", "changes its input pixels in place")
def count_by_emptying(pixels, threshold):
    count = 0
    for row in pixels:
        while row:
            count += row.pop() >= threshold
    return int(count)


test_told, test_enough = wrong.tests()
