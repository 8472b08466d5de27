//! Where a character that shows as nothing is ordinary writing. Joiners: where Unicode Standard Annex #31 (section 2.3.1, contexts A1, A2
//! and B) lets identifiers have them, in emoji sequences (Unicode Technical Standard #51), and before a virama, as Bengali writes RA.
//! Variation selectors: after what takes one. Tags: in the three flags of subdivisions that are recommended for interchange. Spaces:
//! see [`super::spaces`].

use super::kinds::{IDEOGRAPHIC_SPACE, is_ideograph, is_letter, is_mark, is_mongolian, is_virama, script_of};
use super::spaces::{keeps_together, sets_apart};
use icu_properties::props::{Emoji, EmojiModifier, ExtendedPictographic, IndicSyllabicCategory, JoiningType, Script};
use icu_properties::{CodePointMapData, CodePointSetData};

const ZWNJ: char = '\u{200c}';
const ZWJ: char = '\u{200d}';
const VS16: char = '\u{fe0f}';
const KEYCAP: char = '\u{20e3}';
const BLACK_FLAG: char = '\u{1f3f4}';
/// England, Scotland and Wales (`emoji-sequences.txt`, RGI_Emoji_Tag_Sequence).
const SUBDIVISIONS: [&str; 3] = ["gbeng", "gbsct", "gbwls"];

/// More tags than a flag has.
const MOST_TAGS: usize = 7;

/// What takes VS1 besides ideographs, and has done for long (`StandardizedVariants.txt`): relations and operators of mathematics, letters
/// of Myanmar with dots, and punctuation of Chinese.
const TAKES_VS1: &[char] = &[
    '\u{2229}', '\u{222a}', '\u{2268}', '\u{2269}', '\u{2272}', '\u{2273}', '\u{228a}', '\u{228b}', '\u{2293}',
    '\u{2294}', '\u{2295}', '\u{2297}', '\u{229c}', '\u{22da}', '\u{22db}', '\u{2a3c}', '\u{2a3d}', '\u{2a9d}',
    '\u{2a9e}', '\u{2aac}', '\u{2aad}', '\u{2acb}', '\u{2acc}', '\u{1000}', '\u{1002}', '\u{1004}', '\u{1010}',
    '\u{1011}', '\u{1015}', '\u{1019}', '\u{101a}', '\u{101c}', '\u{101d}', '\u{1022}', '\u{1031}', '\u{1075}',
    '\u{1078}', '\u{107a}', '\u{1080}', '\u{3001}', '\u{3002}', '\u{ff01}', '\u{ff0c}', '\u{ff0e}', '\u{ff1a}',
    '\u{ff1b}', '\u{ff1f}',
];

/// Whether a hidden character is ordinary where it stands. Local invariant: never a bidirectional control, and never two in a row that look
/// like one.
pub(super) fn is_ordinary(text: &[char], at: usize) -> bool {
    let (before, rest) = text.split_at(at.min(text.len()));
    let Some((c, after)) = rest.split_first() else { return false };
    let last = before.last().copied();
    match *c {
        '\u{a0}' | '\u{202f}' => keeps_together(before, after),
        IDEOGRAPHIC_SPACE => sets_apart(before, after),
        ZWNJ => breaks_a_join(before, after) || breaks_a_conjunct(before, after),
        ZWJ => keeps_a_half_form(before, after) || precedes_a_virama(before, after) || joins_emoji(before, after),
        '\u{fe00}'..=VS16 => last.is_some_and(|base| takes_variation(base, *c, after.first().copied())),
        '\u{e0100}'..='\u{e01ef}' => last.is_some_and(is_ideograph),
        '\u{180b}'..='\u{180d}' | '\u{180f}' => last.is_some_and(is_mongolian),
        // It separates a last vowel from its word.
        '\u{180e}' => last.is_some_and(is_mongolian) && after.first().copied().is_some_and(is_mongolian),
        '\u{e0020}'..='\u{e007f}' => is_in_flag(before, rest),
        _ => false,
    }
}

/// A1: between two letters that would be joined otherwise, as in Persian.
fn breaks_a_join(before: &[char], after: &[char]) -> bool {
    let joining = CodePointMapData::<JoiningType>::new();
    let solid = |c: &&char| joining.get(**c) != JoiningType::Transparent;
    let left = before.iter().rev().find(solid).map(|c| joining.get(*c));
    let right = after.iter().find(solid).map(|c| joining.get(*c));
    matches!(left, Some(JoiningType::DualJoining | JoiningType::LeftJoining))
        && matches!(right, Some(JoiningType::DualJoining | JoiningType::RightJoining))
}

/// A2: after a virama, before a letter of the same script, as in Hindi.
fn breaks_a_conjunct(before: &[char], after: &[char]) -> bool {
    let next = after.iter().find(|c| !is_mark(**c) || is_virama(**c));
    virama_script(before).is_some_and(|script| next.is_some_and(|c| is_letter(*c) && script_of(*c) == script))
}

/// B: after a virama, and not before a vowel sign.
fn keeps_a_half_form(before: &[char], after: &[char]) -> bool {
    let syllabic = CodePointMapData::<IndicSyllabicCategory>::new();
    let vowel = after.first().is_some_and(|c| syllabic.get(*c) == IndicSyllabicCategory::VowelDependent);
    virama_script(before).is_some() && !vowel
}

/// Between a letter and a virama that a letter follows, all of one script.
fn precedes_a_virama(before: &[char], after: &[char]) -> bool {
    let [virama, next, ..] = after else { return false };
    let script = script_of(*next);
    let letter = before.last().is_some_and(|c| is_letter(*c) && script_of(*c) == script);
    letter && is_virama(*virama) && is_letter(*next) && script_of(*virama) == script
}

/// The script of the letter that a virama ends here, marks on both left aside.
fn virama_script(before: &[char]) -> Option<Script> {
    let mut back = before.iter().rev().skip_while(|c| is_mark(**c) && !is_virama(**c));
    back.next().filter(|c| is_virama(**c))?;
    back.find(|c| !is_mark(**c)).filter(|c| is_letter(**c)).map(|c| script_of(*c))
}

/// Between two emoji, the first perhaps with a skin tone or a selector.
fn joins_emoji(before: &[char], after: &[char]) -> bool {
    let modifiers = CodePointSetData::new::<EmojiModifier>();
    let base = match before {
        [.., base, last] if *last == VS16 || modifiers.contains(*last) => Some(base),
        _ => before.last(),
    };
    base.is_some_and(|c| is_picture(*c)) && after.first().is_some_and(|c| is_picture(*c))
}

/// An emoji that is a picture; signs such as © are in no sequence.
fn is_picture(c: char) -> bool {
    let sign = c < '\u{2190}' || ('\u{3000}'..='\u{33ff}').contains(&c);
    CodePointSetData::new::<ExtendedPictographic>().contains(c) && !sign
}

fn takes_variation(base: char, selector: char, next: Option<char>) -> bool {
    match selector {
        // As text, or as an emoji.
        '\u{fe0e}' | VS16 if base.is_ascii() => {
            (base.is_ascii_digit() || matches!(base, '#' | '*')) && selector == VS16 && next == Some(KEYCAP)
        }
        '\u{fe0e}' | VS16 => {
            let (emoji, picture) = (CodePointSetData::new::<Emoji>(), CodePointSetData::new::<ExtendedPictographic>());
            emoji.contains(base) && picture.contains(base)
        }
        '\u{fe00}' => is_ideograph(base) || TAKES_VS1.contains(&base),
        '\u{fe01}' | '\u{fe02}' => is_ideograph(base),
        _ => false,
    }
}

/// A tag of a flag: the black flag, a subdivision's code in tags, and the tag that ends it.
fn is_in_flag(before: &[char], rest: &[char]) -> bool {
    let tag = |c: &&char| ('\u{e0020}'..='\u{e007f}').contains(*c);
    let earlier = before.iter().rev().take(MOST_TAGS).take_while(tag).count();
    let (head, earlier) = before.split_at(before.len() - earlier);
    let spelled =
        earlier.iter().chain(rest.iter().take(MOST_TAGS).take_while(tag)).map(|c| char::from_u32(*c as u32 - 0xe0000));
    let Some(spelled) = spelled.collect::<Option<String>>() else { return false };
    head.last() == Some(&BLACK_FLAG) && spelled.strip_suffix('\u{7f}').is_some_and(|code| SUBDIVISIONS.contains(&code))
}
