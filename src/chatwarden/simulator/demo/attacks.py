"""The attacks of the demo. Each is a generator: it acts, yields to let the group talk, and acts
again.

A spammer who was banned or muted meanwhile gets a ControlError 409; the player ends the attack
then.
"""

from collections.abc import Callable, Iterator

from chatwarden.simulator.demo import spammers
from chatwarden.simulator.demo.stage import Stage
from chatwarden.simulator.entities import entity, utf16_length
from chatwarden.simulator.state.people import Person

Attack = Callable[[Stage], Iterator[None]]

JOBS = (
    (
        "en",
        "Need {n} people for a remote job, 18+, from {pay} $ a day, no experience. Write + in PM",
    ),
    ("ru", "Ищу {n} человека в команду. Удалёнка, 18+, от {pay}$ в день, обучим. Пиши + в лс"),
    ("es", "Busco {n} personas +18, trabajo desde casa, {pay} USD al día. Manda + por privado"),
    ("pt", "Preciso de {n} pessoas, +18, trabalho remoto, {pay}€ por dia. Envia + no privado"),
    ("tr", "Evden çalışacak {n} kişi aranıyor, 18+, günlük {pay} dolar. Özelden + yazın"),
    ("id", "Butuh {n} orang kerja dari rumah, 18+, {pay} dolar per hari. Chat + di PM"),
    ("fa", "{n} نفر برای کار در منزل، ۱۸+، روزی {pay} دلار، بدون سابقه. در پی‌وی + بفرستید"),
    ("zh", "招{n}人,在家兼职,18岁以上,日赚{pay}美元,私信发+"),
)


def airdrop(stage: Stage) -> Iterator[None]:
    """A newcomer advertises a bot by a deep link."""
    random = stage.random
    coin = random.choice(spammers.COINS)
    who = _newcomer(stage)
    yield
    bot = f"{coin.lower()}_drop_example_bot"
    amount = random.randint(3, 90) * 100
    stage.last_spam = stage.say(
        who,
        f"🎁 {coin} AIRDROP is live! Everyone gets {amount} {coin} before midnight. "
        "Connect your wallet and claim 👉 "
        f"https://t.me/{bot}?start=ref{random.randint(1000, 99999)}",
    )


def invite_link(stage: Stage) -> Iterator[None]:
    """A newcomer invites into a channel of "signals"."""
    random = stage.random
    who = _newcomer(stage)
    yield
    stage.last_spam = stage.say(
        who,
        f"Free trading signals, {random.randint(91, 99)}% win rate, I made "
        f"{random.randint(2, 19)}00 $ this week 🚀 Only {random.randint(10, 40)} places left: "
        f"https://{spammers.invite(random)}",
    )


def job_bait(stage: Stage) -> Iterator[None]:
    """A newcomer offers easy money, in one of eight languages."""
    random = stage.random
    language, text = random.choice(JOBS)
    who = _newcomer(stage, language=language)
    yield
    pay = random.randint(7, 30) * 10
    stage.last_spam = stage.say(who, text.format(n=random.randint(2, 6), pay=pay))


def look_alike(stage: Stage) -> Iterator[None]:
    """The words are there for people only."""
    random = stage.random
    who = _newcomer(stage)
    yield
    words = spammers.disguised(random, "Earn money online every day without risk")
    contact = f"@{spammers.username(random, 'profit')}"
    text = f"{words} 💸 {random.randint(2, 9)}00$ guaranteed, write me {contact}"
    stage.last_spam = stage.say(who, text)


def hidden_target(stage: Stage) -> Iterator[None]:
    """A link that shows one address and leads to another."""
    random = stage.random
    who = _newcomer(stage)
    yield
    shown = "https://lisbon-makers.example/open-day"
    text = f"Verify your wallet here to get your bonus for the open day: {shown}"
    target = f"https://{spammers.host(random, 'wallet-verify')}/connect"
    link = entity(text, shown, "text_link", url=target)
    stage.last_spam = stage.say(who, text, entities=[link])


def late_edit(stage: Stage) -> Iterator[None]:
    """A harmless question gets a link once nobody looks."""
    random = stage.random
    who = _newcomer(stage)
    yield
    question = random.choice(("Hi, is this group still active?", "Good evening from me 🙂"))
    message = stage.say(who, question)
    for _ in range(3):
        yield
    link = spammers.invite(random)
    stage.change(
        message, f"{question} Casino bonus {random.randint(2, 9)}00% here 🎰 https://{link}"
    )
    stage.last_spam = message


def quoted_advert(stage: Stage) -> Iterator[None]:
    """Two harmless words that quote a post from outside, which holds the advert."""
    random = stage.random
    who = _newcomer(stage)
    channel = stage.outside_channel("VIP profit club", spammers.username(random, "vip_profit"))
    yield
    advert = (
        f"Our members doubled their deposit in {random.randint(2, 9)} days. "
        f"Crypto signals, free entry today: https://{spammers.invite(random)}"
    )
    origin = {
        "type": "channel",
        "chat": channel.payload(),
        "message_id": random.randint(10, 900),
        "date": stage.world.clock.date() - 3600,
    }
    extra = {
        "quote": {"text": advert, "position": 0, "is_manual": True},
        "external_reply": {
            "origin": origin,
            "chat": channel.payload(),
            "message_id": origin["message_id"],
        },
    }
    text = random.choice(("Interesting, what do you think?", "so true 👆", "thank you admin 🙏"))
    stage.last_spam = stage.say(who, text, extra=extra)


def emoji_wall(stage: Stage) -> Iterator[None]:
    """Custom emoji that spell a word no filter reads."""
    random = stage.random
    who = _newcomer(stage)
    yield
    letters = "🅰🅱🅾🆎🆑🆒🆓🆔🆕🆖🆗🆘🆙🆚" * 2
    text = "".join(random.sample(letters, 24))
    walls = [
        {
            "type": "custom_emoji",
            "offset": utf16_length(text[:place]),
            "length": utf16_length(character),
            "custom_emoji_id": str(5_300_000_000_000_000_000 + random.randint(1, 10**15)),
        }
        for place, character in enumerate(text)
    ]
    stage.last_spam = stage.say(who, text, entities=walls)


def inline_bot(stage: Stage) -> Iterator[None]:
    """A message by way of an inline bot, with buttons that lead out."""
    random = stage.random
    who = _newcomer(stage)
    yield
    bot = Person(
        id=random.randint(6_000_000_000, 7_999_999_999),
        first_name="Lucky Post",
        username=f"luckypost{random.randint(2, 99)}_example_bot",
        is_bot=True,
    )
    url = f"https://{spammers.host(random, 'lucky-spin')}/bonus"
    stage.last_spam = stage.say(
        who,
        f"🎰 {random.randint(50, 500)} free spins for the first {random.randint(20, 90)} people!",
        buttons=[[{"text": "🎁 Take the bonus", "url": url}], [{"text": "Play now", "url": url}]],
        extra={"via_bot": bot.user()},
    )


def channel_sender(stage: Stage) -> Iterator[None]:
    """A channel speaks in the group."""
    random = stage.random
    title = random.choice(("Smart Deals 24/7", "Easy Money Daily", "Crypto Lions"))
    channel = stage.outside_channel(title, spammers.username(random, "deals"))
    yield
    stage.last_spam = stage.say_as(
        channel,
        f"💰 Subscribe and earn {random.randint(5, 30)}0 $ a day with our betting insider. "
        f"Join now: https://{spammers.invite(random)}",
    )


def forwarded_advert(stage: Stage) -> Iterator[None]:
    """An advert forwarded from somewhere."""
    random = stage.random
    who = _newcomer(stage)
    yield
    date = stage.world.clock.date() - random.randint(600, 90_000)
    origin = {"type": "hidden_user", "sender_user_name": "Investor Club", "date": date}
    stage.last_spam = stage.say(
        who,
        f"I invested {random.randint(1, 9)}00 $ and withdrew {random.randint(20, 90)}00 $ in one "
        f"week thanks to Mrs. Dorothea! Write her: @{spammers.username(random, 'dorothea_fx')}",
        extra={"forward_origin": origin},
    )


def contact_card(stage: Stage) -> Iterator[None]:
    """A contact as the carrier, no text at all."""
    random = stage.random
    who = _newcomer(stage)
    yield
    contact = {
        "phone_number": f"+999000{random.randint(10_000, 99_999)}",
        "first_name": "💵 Earn from home",
        "last_name": f"{random.randint(8, 20)}0 $ a day, write me",
    }
    stage.last_spam = stage.say(who, None, extra={"contact": contact})


def false_admin(stage: Stage) -> Iterator[None]:
    """Somebody with the owner's name asks for the wallet."""
    random = stage.random
    owner = stage.people["ines"]
    who = stage.newcomer(
        owner.first_name,
        last_name=f"{owner.last_name} | Admin",
        username=spammers.username(random, "ines_carvaIho"),
    )
    yield
    stage.last_spam = stage.say(
        who,
        "⚠️ Dear member, your account will be limited. Verify within 24 hours: "
        f"https://{spammers.host(random, 'telegram-verify')}/login",
    )


def advert_in_profile(stage: Stage) -> Iterator[None]:
    """Nice words from a profile that is the advert."""
    random = stage.random
    first, _ = spammers.name(random)
    link = f"https://{spammers.invite(random)}"
    who = stage.newcomer(
        f"{first} 🔞 click my bio 💋",
        username=spammers.username(random, first.lower()),
        bio=f"Private photos and video calls 👉 {link}",
    )
    yield
    stage.last_spam = stage.say(who, random.choice(("hello everyone 🥰", "hi boys, how are you?")))


def silent_reactions(stage: Stage) -> Iterator[None]:
    """Somebody says nothing and likes everything: the advert is the profile."""
    random = stage.random
    first, _ = spammers.name(random)
    link = f"https://{spammers.invite(random)}"
    who = stage.newcomer(f"{first} 💎 income in bio", bio=f"Passive income, free course {link}")
    for _ in range(6):
        yield
        stage.react(who, random.choice("🔥👍❤"))


def same_text(stage: Stage) -> Iterator[None]:
    """Three accounts, one text."""
    random = stage.random
    text = (
        f"Loan in {random.randint(5, 30)} minutes without documents, "
        f"up to {random.randint(5, 50)}000 €, details @{spammers.username(random, 'fast_loan')}"
    )
    for ending in ("", " ✅", " !!"):
        who = _newcomer(stage)
        yield
        stage.last_spam = stage.say(who, text + ending)


def in_pieces(stage: Stage) -> Iterator[None]:
    """An advert cut into messages that are harmless one by one."""
    random = stage.random
    who = _newcomer(stage)
    pieces = (
        "Hi all 👋",
        "who wants a side income?",
        f"from {random.randint(5, 20)}0 $ a day, only phone needed, 18+",
        "write me + in private",
    )
    for piece in pieces:
        yield
        stage.last_spam = stage.say(who, piece)


def padded(stage: Stage) -> Iterator[None]:
    """An advert in the middle of a harmless text."""
    random = stage.random
    who = _newcomer(stage)
    yield
    stage.last_spam = stage.say(
        who,
        "Yesterday I walked along the river and thought about how many lovely workshops there are. "
        "People build lamps, bowls and boats, and the light was beautiful. By the way, I earn "
        f"{random.randint(2, 9)}00 $ a day with crypto arbitrage, the bot does everything, start "
        f"here: https://t.me/arbitrage{random.randint(2, 99)}_example_bot?start=go "
        "Then I had a coffee, a dog said hello, and the ferry came. What a town this is!",
    )


def story(stage: Stage) -> Iterator[None]:
    """A story as the carrier: no bot can see into it."""
    random = stage.random
    who = _newcomer(stage)
    title = f"Hot {random.choice(('casino', 'crypto', 'dating'))} bonus"
    channel = stage.outside_channel(title, spammers.username(random, "hot"))
    yield
    extra = {"story": {"chat": channel.payload(), "id": random.randint(1, 40)}}
    stage.last_spam = stage.say(who, None, extra=extra)


def sleeper(stage: Stage) -> Iterator[None]:
    """A member who has been silent ever since the group began."""
    random = stage.random
    first, last = spammers.name(random)
    who = stage.newcomer(first, last_name=last, joins=False)
    stage.world.member(stage.group, who).status = "member"
    yield
    stage.last_spam = stage.say(
        who,
        f"Selling verified exchange accounts and bank cards, {random.randint(2, 9)}0 $ each, "
        f"guarantor ok, DM @{spammers.username(random, 'cards')}",
    )


def raid(stage: Stage) -> Iterator[None]:
    """A dozen accounts of one pattern join by a folder link."""
    random = stage.random
    extra = {"via_chat_folder_invite_link": True}
    stem = random.choice(spammers.FIRST_NAMES)
    for _ in range(3):
        for _ in range(4):
            number = random.randint(1000, 9999)
            stage.newcomer(
                f"{stem} {number}", username=f"{stem.lower()}{number}_example", extra=extra
            )
        yield


ATTACKS: tuple[Attack, ...] = (
    airdrop,
    invite_link,
    job_bait,
    look_alike,
    hidden_target,
    late_edit,
    quoted_advert,
    emoji_wall,
    inline_bot,
    channel_sender,
    forwarded_advert,
    contact_card,
    false_admin,
    advert_in_profile,
    silent_reactions,
    same_text,
    in_pieces,
    padded,
    story,
    sleeper,
    raid,
)


def _newcomer(stage: Stage, *, language: str = "en") -> Person:
    random = stage.random
    first, last = spammers.name(random)
    named = random.random() < 0.6
    return stage.newcomer(
        first,
        last_name=last,
        username=spammers.username(random, first.lower()) if named else None,
        language=language,
    )
