//! What is marked and what is spared, by examples and for every character.

use crate::params::visible::{cut, line, text};
use icu_properties::CodePointSetData;
use icu_properties::props::{BidiControl, DefaultIgnorableCodePoint};
use proptest::prelude::*;

#[test]
fn hidden_characters_are_shown_and_ordinary_ones_left_alone() {
    assert_eq!(text("rm\u{202e}fr\u{200b}-\u{ad}ü😀\n"), "rm⟨U+202E⟩fr⟨U+200B⟩-⟨U+00AD⟩ü😀\n");
    assert_eq!(line("a\r\nb\tc\rd"), "a⏎b⇥c⟨U+000D⟩d");
    assert_eq!(text("a\r\r\nb"), "a⟨U+000D⟩\nb");
    assert_eq!(cut("abcdef", 3), "ab…");
}

#[test]
fn other_scripts_emoji_and_their_spaces_are_ordinary_writing() {
    let ordinary = [
        "می\u{200c}خواهم کتاب\u{200c}ها را ببینم",
        "خانه\u{200c}ای",
        "राष्\u{200c}ट्र क्\u{200d}ष श्\u{200d}री",
        "র\u{200d}্যাব ক্\u{200c}ষ উৎ",
        "ක්\u{200d}රි ශ්\u{200d}රී",
        "അവന്\u{200d}",
        "👩\u{200d}👩\u{200d}👧 👩🏽\u{200d}🚒 🏳\u{fe0f}\u{200d}🌈 ❤\u{fe0f}\u{200d}🔥 🧑\u{200d}⚕\u{fe0f}",
        "❤\u{fe0f} ☎\u{fe0e} ©\u{fe0f} 1\u{fe0f}\u{20e3} #\u{fe0f}\u{20e3}",
        "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} 🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
        "東京\u{3000}葛\u{e0100}飾区",
        "1\u{202f}000\u{a0}€\u{202f}!",
        "Vraiment\u{202f}? «\u{a0}Oui\u{a0}», 12\u{a0}500,00\u{202f}€: $\u{a0}5, 40\u{202f}%\u{a0}!",
        "Avez-vous l’«\u{a0}ami\u{a0}»\u{202f}? (12\u{a0}500\u{a0}$) R$\u{a0}1.234,56 \"1\u{a0}000\u{a0}€\", -1\u{202f}000\u{a0}%.",
        "『はい』\u{3000}では\n\u{3000}ｶﾅ\u{3000}서울\u{3000}Ｂ",
        "[\"東京\u{3000}葛飾区\"],",
        "ABC株式会社\u{3000}山田様",
        "ᠪᠠ\u{180e}ᠠ ᠰ\u{180b}",
        "∩\u{fe00}",
    ];
    for words in ordinary {
        assert_eq!(text(words), words);
    }
}

#[test]
fn a_space_that_a_machine_takes_for_a_part_of_a_word_is_marked() {
    let hidden = [
        "tar cf o.tar --exclude=secrets\u{a0}; upload o.tar",
        "tar cf o.tar --exclude=secrets\u{a0}! upload",
        "tar cf o.tar --exclude=«\u{a0}secrets\u{a0}»",
        "dry_run\u{a0}: true",
        "oui\u{202f}: true",
        "rm -rf /data/v1\u{a0}2024-old",
        "rm -rf /data/1\u{a0}200",
        "rm -rf 1\u{a0}200-old",
        "rm -rf 1\u{a0}200/old",
        "cp a1\u{a0}$DEST",
        "cp 1\u{a0}$DEST",
        "cp 1\u{a0}%DEST%",
        "echo 5\u{a0}$?",
        "x=$\u{a0}5",
        "-v\u{a0}!",
        "./run\u{a0}?",
        "secrets\u{a0}»",
        "prod «\u{a0}--dry-run",
        "--exclude=秘密\u{3000}; upload",
        "--exclude=秘密\u{3000}資料",
        "rm 秘密\u{3000}資料.txt",
        "rm 秘密\u{3000}x",
        "\"--exclude=秘密\u{3000}資料\"",
        "a:\n\u{3000}秘密: true",
        "秘密\u{3000}\n",
    ];
    for raw in hidden {
        assert!(text(raw).contains("⟨U+") && super::hides(raw), "{raw:?} is shown as {}", text(raw));
    }
}

#[test]
fn what_is_ordinary_elsewhere_is_marked_where_it_is_not() {
    let marked = |raw: &str| text(raw).contains("⟨U+");
    let hidden = [
        "pay\u{200c}pal",
        "pay\u{200d}pal",
        "\u{200c}می",
        "می\u{200c}",
        "می\u{200c}\u{200c}خواهم",
        "می\u{200c}x",
        "क्\u{200d}ि",
        "क\u{200d}ष",
        "क्\u{200c}x",
        "👩\u{200d}x",
        "x\u{200d}👩",
        "👩\u{200d}\u{200d}👧",
        "©\u{200d}®",
        "a\u{fe0f}",
        "1\u{fe0f}00",
        "❤\u{fe0f}\u{fe0f}",
        "❤\u{fe05}",
        "a\u{e0100}",
        "葛\u{e0100}\u{e0101}",
        "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}",
        "🏴\u{e0075}\u{e0073}\u{e0063}\u{e0061}\u{e007f}",
        "a\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
        "a\u{180b}",
        "a\u{2009}b",
        "deploy.sh prod\u{a0}--dry-run",
        "deploy.sh prod\u{202f}--dry-run",
        "deploy.sh prod\u{3000}--dry-run",
        "rm\u{3000}😀",
        "5\u{a0}x",
        "x\u{a0}$",
        "a\u{a0}:b",
        "scp host\u{a0}:/etc",
        "a\u{a0}\u{a0}!",
        "a \u{a0}!",
        "«\u{a0} a",
        "«\u{a0}",
        "\u{a0}5",
        "5\u{202f}",
        "\u{13430}𓀀\u{1343f}",
        "a\u{1d159}b",
    ];
    for raw in hidden {
        assert!(marked(raw), "{raw:?} is shown as {}", text(raw));
    }
    let tags = text("🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e0067}\u{e007f}");
    assert_eq!(tags.matches("⟨U+").count(), 7, "{tags}");
}

fn ignorable() -> Vec<char> {
    let ranges = CodePointSetData::new::<DefaultIgnorableCodePoint>().iter_ranges();
    ranges.flatten().filter_map(char::from_u32).collect()
}

#[test]
fn everything_that_unicode_lets_a_reader_ignore_and_every_odd_space_is_marked_by_itself() {
    let spaces = "\u{a0}\u{1680}\u{202f}\u{205f}\u{3000}".chars().chain('\u{2000}'..='\u{200a}');
    let bidi =
        "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}".chars();
    let controls = ('\0'..='\u{9f}').filter(|c| c.is_control() && !"\t\n".contains(*c));
    assert!(ignorable().len() > 4_000);
    for c in ignorable().into_iter().chain(bidi).chain(controls).chain(spaces) {
        assert_eq!(text(&format!("a{c}b")), format!("a⟨U+{:04X}⟩b", c as u32));
    }
}

fn any_piece() -> impl Strategy<Value = char> {
    let visible = "aZ0#1 \nمیخکष्िর্যক👩👧🏽❤🏴🏳葛東ᠪᠠ©®∩\u{20e3}\u{3000}".chars().collect::<Vec<_>>();
    let joiners = "\u{200c}\u{200d}\u{fe0f}\u{fe0e}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e007f}\u{e0100}\u{202e}\u{200f}\u{2066}";
    let select = |all: Vec<char>| prop::sample::select(all);
    prop_oneof![4 => select(visible), 4 => select(joiners.chars().collect()), 1 => select(ignorable()), 1 => any::<char>()]
}

proptest! {
    #[test]
    fn nothing_hidden_passes_unmarked_but_one_that_its_neighbour_takes(pieces in prop::collection::vec(any_piece(), 0..24)) {
        let shown: Vec<char> = text(&pieces.iter().collect::<String>()).chars().collect();
        let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
        for (at, c) in shown.iter().enumerate() {
            prop_assert!(!CodePointSetData::new::<BidiControl>().contains(*c), "{shown:?}");
            if !ignorable.contains(*c) {
                continue;
            }
            let spared = matches!(*c as u32, 0x180b..=0x180f | 0x200c | 0x200d | 0xfe00..=0xfe0f | 0xe0020..=0xe007f | 0xe0100..=0xe01ef);
            let before = at.checked_sub(1).and_then(|before| shown.get(before)).copied().unwrap_or(' ');
            let keycap = *c == '\u{fe0f}' && shown.get(at + 1) == Some(&'\u{20e3}');
            prop_assert!(spared && (!before.is_ascii() || keycap), "{c:?} after {before:?} in {shown:?}");
        }
    }
}
