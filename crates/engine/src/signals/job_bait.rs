use crate::event::Role;
use crate::signal::{Definition, FULL, Group, Hits, Kind, Subject};

pub static DEFINITION: Definition = Definition {
    name: "job_bait",
    kind: Kind::Evidence,
    group: Group::Offer,
    weight: 2000,
    members_do_too: false,
    title: "Job bait",
    sentence: "The message offers quick money for little work, without saying for what.",
    phrases: &[WORK, EASY, PAY],
    patterns: &[PERIOD_PAY, GROWN_UP],
    detect,
};

/// An offer of work or income.
const WORK: &[&str] = &[
    "remote work",
    "remote job",
    "remote earnings",
    "work from home",
    "online job",
    "part-time job",
    "part time job",
    "side hustle",
    "extra income",
    "side income",
    "passive income",
    "looking for people",
    "looking for partners",
    "need people",
    "people needed",
    "hiring",
    "join my team",
    "earning opportunity",
    "earn",
    "удаленный заработок",
    "удаленная работа",
    "удаленную работу",
    "удаленке",
    "удаленная подработка",
    "подработк*",
    "заработок",
    "заработка",
    "заработку",
    "заработать",
    "доп доход",
    "дополнительный доход",
    "дополнительного дохода",
    "доход",
    "набираю людей",
    "набираем людей",
    "набор людей",
    "ищу людей",
    "ищем людей",
    "требуются люди",
    "нужны люди",
    "нужен человек",
    "нужно пару человек",
    "ищу партнеров",
    "ищем партнеров",
    "в команду",
    "в проект",
    "удаленный формат",
    "набор в команду",
    "віддалена робота",
    "заробіток",
    "підробіток",
    "trabajo remoto",
    "trabajo desde casa",
    "ingresos extra",
    "ganar dinero",
    "gana dinero",
    "busco personas",
    "busco gente",
    "buscamos personas",
    "trabalho remoto",
    "renda extra",
    "ganhar dinheiro",
    "evden çalış*",
    "ek gelir",
    "ek iş",
    "uzaktan çalış*",
    "para kazan*",
    "ekip arkadaş*",
    "kişi alınacak",
    "kişi arıyoruz",
    "əlavə gəlir",
    "pul qazan*",
    "kerja online",
    "kerja sampingan",
    "kerja dari rumah",
    "penghasilan tambahan",
    "cari orang",
    "lowongan kerja",
    "cuan",
    "兼职",
    "招聘",
    "招人",
    "招募",
    "赚钱",
    "日赚",
    "副业",
    "网赚",
    "挣钱",
    "项目合作",
    "gagner de l'argent",
    "travail à distance",
    "nebenverdienst",
    "geld verdienen",
    "việc làm online",
    "kiếm tiền",
    "عمل من المنزل",
    "دخل اضافي",
    "کسب درآمد",
    "घर बैठे",
    "पैसे कमा*",
];

/// No skill, no risk, no time: nobody who hires says this.
const EASY: &[&str] = &[
    "no experience",
    "no skills",
    "no investment",
    "without investment",
    "no risk",
    "risk free",
    "just a phone",
    "only a phone",
    "only need a phone",
    "few hours a day",
    "we teach",
    "full training",
    "training provided",
    "easy money",
    "quick money",
    "fast money",
    "free training",
    "beginners welcome",
    "guaranteed",
    "from your phone",
    "spare time",
    "без опыта",
    "опыт не важен",
    "опыт не нужен",
    "опыт не требуется",
    "без вложений",
    "вложения не нужны",
    "всему обучим",
    "всему научим",
    "обучим",
    "обучаем",
    "обучение бесплатн*",
    "бесплатное обучение",
    "научу",
    "с телефона",
    "нужен только телефон",
    "час в день",
    "часа в день",
    "часов в день",
    "1-2 часа",
    "2-3 часа",
    "свободное время",
    "легкие деньги",
    "быстрые деньги",
    "без риска",
    "без рисков",
    "легально",
    "все легально",
    "не наркотики",
    "не закладки",
    "возраст от 18",
    "без досвіду",
    "sin experiencia",
    "sin inversion",
    "desde tu celular",
    "desde tu telefono",
    "horas al dia",
    "te enseñamos",
    "sem experiencia",
    "sem investimento",
    "deneyim gerek*",
    "tecrübe gerek*",
    "yatırım yok",
    "yatırımsız",
    "telefondan",
    "günde 2 saat",
    "günde 1 saat",
    "garantili",
    "təcrübə tələb*",
    "tanpa modal",
    "tanpa pengalaman",
    "modal hp",
    "hanya hp",
    "dari hp",
    "pasti untung",
    "无需经验",
    "零门槛",
    "不需要经验",
    "有手就行",
    "一部手机",
    "手机操作",
    "轻松",
    "稳赚",
    "零投资",
    "无风险",
    "小白",
    "不要押金",
    "sans expérience",
    "ohne erfahrung",
    "không cần kinh nghiệm",
    "không cần vốn",
];

/// How and how soon it pays.
const PAY: &[&str] = &[
    "daily payout*",
    "daily pay*",
    "paid daily",
    "weekly pay*",
    "instant payout*",
    "instant withdraw*",
    "daily profit*",
    "daily income",
    "paid in crypto",
    "paid in usdt",
    "ежедневные выплаты",
    "выплаты каждый день",
    "выплаты ежедневно",
    "оплата каждый день",
    "оплата ежедневно",
    "оплата сразу",
    "оплата в день",
    "ежедневная оплата",
    "выплаты сразу",
    "быстрые выплаты",
    "своевременные выплаты",
    "моментальные выплаты",
    "стабильные выплаты",
    "достойная оплата",
    "высокий доход",
    "хороший доход",
    "стабильный доход",
    "хорошая оплата",
    "щоденні виплати",
    "pago diario",
    "pagos diarios",
    "al dia",
    "por dia",
    "pagamento diario",
    "günlük ödeme*",
    "günlük kazanç*",
    "günlük",
    "haftalık ödeme*",
    "gündəlik",
    "gaji harian",
    "dibayar harian",
    "per hari",
    "sehari",
    "wd cepat",
    "日结",
    "日入",
    "日薪",
    "月入",
    "现结",
    "当天结算",
    "par jour",
    "pro tag",
    "am tag",
    "mỗi ngày",
    "يوميا",
    "روزانه",
    "प्रतिदिन",
];

/// An amount of money beside a stretch of time: "from 80 $ a day", "5000₽/день", "100 usdt daily". Folded text has no
/// accents: `gun`, not `gün`.
const PERIOD_PAY: &str = concat!(
    r"(?:[$€£₽₺₴¥₹]\s?[0-9][0-9.,\s-]{0,12}k?|[0-9][0-9.,\s-]{0,12}k?\s?\+?(?:[$€£₽₺₴¥₹]|usdt?|dollars?|euros?|долл\w*|бакс\w*|евро|руб\w*|р\.?|грн|тыс\w*|tl|lira|dolar\w*|manat|azn|juta|ribu|rb|jt|元|块|刀|美金|u|万))",
    r"[\s+]{0,2}(?:/|per|a|each|every|daily|weekly|in|в|за|на|al|por|bir|par|pro|每|一)?\s?",
    r"(?:day|daily|week|weekly|hour|shift|день|дня|сутки|недел\w+|смену|час|dia|semana|gun\w*|hafta\w*|hari|minggu|天|日|周|小时|jour|tag(?-u:\b)|woche)",
);

/// "18+" beside an offer of work: nobody asks it of an office job.
const GROWN_UP: &str = r"(?:^|[^0-9.])(?:18|19|20|21)\s?\+|(?:от|from|with|старше|over|desde los|mayores de|yas ustu)\s(?:18|19|20|21)(?-u:\b)";

/// Classes of parts: those of phrases, then those of patterns.
const CLASSES: usize = 5;
/// Bytes of folded text within which the parts of one offer stand.
const WINDOW: usize = 600;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    class: usize,
    field: usize,
    start: usize,
}

fn detect(subject: &Subject<'_>, hits: &mut Hits) {
    let mut parts: Vec<Part> =
        subject.phrases(Role::Own).map(|hit| Part { class: hit.class, field: hit.field, start: hit.start }).collect();
    if !parts.iter().any(|part| part.class == 0) {
        return;
    }
    for (pattern, class) in [(0, 3), (1, 4)] {
        for view in subject.own() {
            parts.extend(subject.matches(pattern, &view).map(|range| Part {
                class,
                field: view.index,
                start: range.start,
            }));
        }
    }
    parts.sort_unstable_by_key(|part| (part.field, part.start));
    let strongest = strongest(&parts);
    if strongest > 0 {
        hits.strength(strongest);
        for phrase in subject.phrases(Role::Own) {
            hits.span(subject.phrase_span(phrase));
        }
    }
}

/// Strength of the strongest offer within a window, of parts in their order.
fn strongest(parts: &[Part]) -> u16 {
    let (mut counts, mut strongest) = ([0u32; CLASSES], 0);
    let mut ahead = parts.iter().peekable();
    for first in parts {
        while let Some(part) =
            ahead.next_if(|part| part.field == first.field && part.start.saturating_sub(first.start) <= WINDOW)
        {
            if let Some(count) = counts.get_mut(part.class) {
                *count += 1;
            }
        }
        strongest = strongest.max(strength(counts.map(|count| count > 0)));
        if let Some(count) = counts.get_mut(first.class) {
            *count -= 1;
        }
    }
    strongest
}

/// Strength of an offer by the classes of its parts.
fn strength([work, easy, pay, period_pay, grown_up]: [bool; CLASSES]) -> u16 {
    let lures = [easy, pay || period_pay, grown_up].into_iter().filter(|lure| *lure).count();
    match (work, lures) {
        (true, 3) => FULL,
        (true, 2) => 750,
        (true, 1) if grown_up || period_pay => 500,
        (true, 1) if easy => 300,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_hits, assert_traps};

    #[test]
    fn offers_hit_in_many_languages() {
        assert_hits(
            &DEFINITION,
            &[
                "Remote work 18+, from 80 $ a day, no experience",
                "Удалённый заработок, от 100$ в день, всему обучим",
                "Trabajo desde casa, 50$ al dia, sin experiencia",
                "Evden çalışma, günlük 1500 TL, deneyim gerekmez",
                "Kerja online dari hp, gaji harian 300 ribu per hari",
                "招聘兼职 日结 500元 一部手机即可",
            ],
        );
    }

    #[test]
    fn talk_about_jobs_is_left_alone() {
        assert_traps(
            &DEFINITION,
            &[
                "Has anybody a remote job with Rust? Mine pays well",
                "Ищу подработку, подскажите, где искать",
                "У меня доход упал в этом году",
                "We are hiring a Rust developer, salary 5000 € a month",
                "I work 8 hours a day and it is too much",
                "The film is 18+",
            ],
        );
    }
}
