"""What looks like spam and is not: nobody here may be punished. Each is a generator, as the attacks
are."""

from collections.abc import Callable, Iterator

from chatwarden.simulator.demo import spammers
from chatwarden.simulator.demo.stage import Stage
from chatwarden.simulator.entities import utf16_length
from chatwarden.simulator.state.people import Person

Trap = Callable[[Stage], Iterator[None]]

MODELS = ("hinge", "gear box", "lamp shade", "cable clip", "plant pot", "drawer knob")
NEWCOMERS = ("Clara", "Mikkel", "Duarte", "Ewa", "Laila", "Ken", "Rosa", "Bruno", "Ilse")


def admin_invites(stage: Stage) -> Iterator[None]:
    """An admin may post an invite link."""
    link = spammers.invite(stage.random)
    yield
    stage.say(
        stage.people["bea"], f"Volunteers for Saturday, join the planning chat: https://{link}"
    )


def regular_shares(stage: Stage) -> Iterator[None]:
    """A regular shares a link."""
    random = stage.random
    yield
    model = random.choice(MODELS)
    path = f"{model.replace(' ', '-')}-v{random.randint(2, 9)}"
    stage.say(
        stage.people["kofi"],
        f"here's the {model} I printed: https://models.example/kofi/{path}",
    )


def fancy_name(stage: Stage) -> Iterator[None]:
    """A name in fancy letters is no crime."""
    yield
    number = stage.random.randint(2, 9)
    stage.say(stage.people["sofia"], f"fiz {number} brincos em acrílico, ficaram lindos ✨✨")


def quotes_own_group(stage: Stage) -> Iterator[None]:
    """A regular quotes a message of this very group."""
    first = stage.say(stage.people["ruth"], "Rule one: measure twice. Rule two: measure again.")
    yield
    quote = {"text": "measure twice", "position": 10, "is_manual": True}
    stage.say(
        stage.people["wei"], "my whole life in two words", reply_to=first, extra={"quote": quote}
    )


def quotes_own_channel(stage: Stage) -> Iterator[None]:
    """A regular quotes the linked channel."""
    number = stage.random.randint(10, 40)
    original = stage.announce(f"📣 Kiln firing on Sunday, room for {number} pieces. Label yours!")
    yield
    origin = {
        "type": "channel",
        "chat": stage.channel.payload(),
        "message_id": original.id,
        "date": original.date,
    }
    extra = {
        "quote": {"text": "Label yours!", "position": 40},
        "external_reply": {
            "origin": origin,
            "chat": stage.channel.payload(),
            "message_id": original.id,
        },
    }
    stage.say(stage.people["anya"], "подписывайте, пожалуйста, а то в прошлый раз...", extra=extra)


def gif(stage: Stage) -> Iterator[None]:
    """A moving picture by way of the usual inline bot."""
    random = stage.random
    yield
    bot = Person(id=140_267_078, first_name="GIF", username="gif", is_bot=True)
    number = random.randint(10**6, 10**7)
    file = {
        "file_id": f"demo-gif-{number}",
        "file_unique_id": f"demo{number}",
        "width": 320,
        "height": 240,
        "duration": 3,
    }
    who = stage.people[random.choice(("hamish", "amara", "budi"))]
    stage.say(who, None, extra={"via_bot": bot.user(), "animation": file})


def news_forward(stage: Stage) -> Iterator[None]:
    """A regular forwards news."""
    random = stage.random
    channel = stage.outside_channel("City transport", spammers.username(random, "transport"))
    yield
    origin = {
        "type": "channel",
        "chat": channel.payload(),
        "message_id": random.randint(100, 9000),
        "date": stage.world.clock.date() - 900,
    }
    text = (
        f"The ferry runs every {random.randint(15, 40)} minutes this weekend because of the race."
    )
    stage.say(stage.people["noor"], text, extra={"forward_origin": origin})


def typo_mended(stage: Stage) -> Iterator[None]:
    """An edit that mends a typo."""
    number = stage.random.randint(2, 9)
    message = stage.say(stage.people["helena"], f"I'll bring {number} chiars for the talk")
    yield
    stage.change(message, f"I'll bring {number} chairs for the talk")


def premium_chatter(stage: Stage) -> Iterator[None]:
    """A Premium regular decorates."""
    random = stage.random
    yield
    text = "Gertrude works again 🎉🎉🎉"
    emoji = [
        {
            "type": "custom_emoji",
            "offset": utf16_length(text[:place]),
            "length": 2,
            "custom_emoji_id": str(5_200_000_000_000_000_000 + random.randint(1, 10**9)),
        }
        for place, character in enumerate(text)
        if character == "🎉"
    ]
    stage.say(stage.people["priya"], text, entities=emoji)


def anonymous_admin(stage: Stage) -> Iterator[None]:
    """An admin speaks as the group."""
    random = stage.random
    yield
    link = f"https://lisbon-makers.example/rota/{random.randint(10, 52)}"
    stage.say_as(stage.group, f"Cleaning rota for the week is up: {link}")


def honest_newcomer(stage: Stage) -> Iterator[None]:
    """Somebody new with a real question."""
    random = stage.random
    who = stage.newcomer(random.choice(NEWCOMERS), bio="Architect. https://my-drawings.example")
    yield
    stage.say(
        who,
        random.choice(
            (
                "Hi! I just moved here. Is the open day free, and may I bring my kid?",
                "Olá! Preciso de reservar para usar a serra?",
                "Hello, do you have a beginners' evening for the lathe?",
                "Hola, ¿se puede aprender a soldar desde cero?",
            )
        ),
    )
    yield
    stage.say(stage.people["bea"], "Welcome! Just come by, somebody always has the kettle on")


def asks_about_spam(stage: Stage) -> Iterator[None]:
    """Somebody new answers spam, if it still stands."""
    who = stage.newcomer(stage.random.choice(NEWCOMERS))
    yield
    stage.say(who, "what is this? is it from you?", reply_to=stage.last_spam)


def talks_about_jobs(stage: Stage) -> Iterator[None]:
    """Work and money are things to talk about."""
    yield
    days = stage.random.randint(2, 4)
    stage.say(
        stage.people["ruth"],
        f"the museum pays me {days} days a week to mend chairs, remote work is not an option 😄",
    )


def warns(stage: Stage) -> Iterator[None]:
    """A regular warns of the very words spammers use."""
    yield
    coin = stage.random.choice(spammers.COINS)
    stage.say(
        stage.people["pavel"],
        f"if somebody writes you about a {coin} airdrop: it's a scam, don't connect anything",
    )


def joined_letters(stage: Stage) -> Iterator[None]:
    """Persian joiners and family emoji are made of invisible marks, rightly."""
    number = stage.random.randint(3, 9)
    yield
    stage.say(stage.people["niloufar"], f"می‌خواهم {number} چراغ برای نوروز بسازم 👨‍👩‍👧‍👦")


TRAPS: tuple[Trap, ...] = (
    admin_invites,
    regular_shares,
    fancy_name,
    quotes_own_group,
    quotes_own_channel,
    gif,
    news_forward,
    typo_mended,
    premium_chatter,
    anonymous_admin,
    honest_newcomer,
    asks_about_spam,
    talks_about_jobs,
    warns,
    joined_letters,
)
