use crate::event::Role;
use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "easy_money",
    kind: Kind::Evidence,
    group: Group::Offer,
    weight: 2000,
    members_do_too: false,
    title: "Money lure",
    sentence: "The message lures with winnings, gifts or profits.",
    phrases: &[WHAT, LURE],
    patterns: &[],
    detect,
};

/// What is dangled.
const WHAT: &[&str] = &[
    "casino",
    "slot",
    "slots",
    "airdrop",
    "giveaway",
    "bitcoin",
    "btc",
    "usdt",
    "crypto",
    "forex",
    "trading",
    "trading bot",
    "signals",
    "betting",
    "jackpot",
    "free spins",
    "nft mint",
    "presale",
    "token",
    "wallet",
    "казино",
    "слоты",
    "аирдроп",
    "эирдроп",
    "розыгрыш",
    "биткоин*",
    "крипт*",
    "криптовалют*",
    "арбитраж*",
    "трейдинг",
    "ставки",
    "ставок",
    "фриспин*",
    "букмекер*",
    "p2p",
    "casino online",
    "criptomonedas",
    "apuestas",
    "apostas",
    "tragamonedas",
    "kumar",
    "bahis",
    "slot gacor",
    "slot online",
    "judi",
    "togel",
    "maxwin",
    "kripto",
    "空投",
    "博彩",
    "赌场",
    "彩票",
    "体育投注",
    "老虎机",
    "棋牌",
    "百家乐",
    "比特币",
    "虚拟币",
    "usdt搬砖",
    "跑分",
    "شرط بندی",
    "کازینو",
    "bonus veren",
];

/// Why to hurry there.
const LURE: &[&str] = &[
    "claim your*",
    "claim now",
    "claim free*",
    "connect your wallet",
    "guaranteed profit*",
    "guaranteed return*",
    "guaranteed win*",
    "double your*",
    "100% profit",
    "daily profit*",
    "free bonus",
    "welcome bonus",
    "deposit bonus",
    "no deposit",
    "win big",
    "limited spots",
    "risk free",
    "financial freedom",
    "profit daily",
    "daily returns",
    "instant withdrawal*",
    "join now",
    "sign up now",
    "register now",
    "x100",
    "100x",
    "recover your*",
    "lost funds",
    "забери бонус",
    "забирай бонус",
    "бонус за регистрацию",
    "бонус на депозит",
    "бездепозитн*",
    "без депозита",
    "гарантия дохода",
    "прибыль каждый день",
    "доход каждый день",
    "пассивный доход",
    "вывод на карту",
    "выигрывай*",
    "bono de bienvenida",
    "sin deposito",
    "ganancias diarias",
    "bonus de boas",
    "lucro diario",
    "deneme bonusu",
    "yatırımsız bonus",
    "hoşgeldin bonusu",
    "çevrimsiz",
    "bonus new member",
    "gampang menang",
    "wd pasti",
    "anti rungkad",
    "注册送",
    "注册即送",
    "稳赚",
    "包赢",
    "首充",
    "返水",
    "日赚",
    "月入",
    "送彩金",
    "高返",
    "秒提",
    "بونوس",
    "سود روزانه",
];

/// Bytes of folded text between the two.
const WINDOW: usize = 240;

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    let mut field = None;
    let mut last = [None, None];
    let mut stand_together = false;
    for phrase in subject.phrases(Role::Own) {
        if field.replace(phrase.field) != Some(phrase.field) {
            last = [None, None];
        }
        if let Some(start) = last.get_mut(phrase.class) {
            *start = Some(phrase.start);
        }
        if let [Some(what), Some(lure)] = last {
            stand_together |= usize::abs_diff(what, lure) <= WINDOW;
        }
    }
    if !stand_together {
        return;
    }
    subject.phrases(Role::Own).for_each(|phrase| hits.span(subject.phrase_span(phrase)));
    let leads_away = subject.own_links().next().is_some() || subject.mentions(Role::Own).next().is_some();
    hits.strength(if leads_away { FULL } else { 600 });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_hits, assert_traps};

    #[test]
    fn lures_hit_in_many_languages() {
        assert_hits(
            &DEFINITION,
            &[
                "New casino, welcome bonus for everyone",
                "AIRDROP is live, claim your tokens https://drop.example",
                "Лучшее казино, бездепозитный бонус, вывод на карту",
                "Slot gacor hari ini, bonus new member 100%",
                "deneme bonusu veren bahis sitesi",
                "最好的博彩平台 注册送88",
            ],
        );
    }

    #[test]
    fn talk_about_money_is_left_alone() {
        assert_traps(
            &DEFINITION,
            &[
                "We went to the casino on holiday",
                "Bitcoin fell again today",
                "I got a bonus at work",
                "Где хранить крипту безопасно?",
                "Какая прибыль у компании?",
            ],
        );
    }
}
