//! What kind a character is of, as Unicode says.

use icu_properties::props::{
    CanonicalCombiningClass, EastAsianWidth, GeneralCategory, GeneralCategoryGroup, Script, UnifiedIdeograph,
};
use icu_properties::{CodePointMapData, CodePointSetData};

pub(super) const IDEOGRAPHIC_SPACE: char = '\u{3000}';

/// An ideograph, kana, hangul, or another character of full width; no emoji.
pub(super) fn is_wide(c: char) -> bool {
    let width = CodePointMapData::<EastAsianWidth>::new().get(c);
    let kana_or_hangul = matches!(script_of(c), Script::Hiragana | Script::Katakana | Script::Hangul);
    let full = width == EastAsianWidth::Fullwidth || ('\u{3001}'..='\u{303f}').contains(&c);
    (full || kana_or_hangul || is_ideograph(c)) && c != IDEOGRAPHIC_SPACE
}

pub(super) fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

pub(super) fn is_digit(c: char) -> bool {
    category(c) == GeneralCategory::DecimalNumber
}

pub(super) fn is_letter(c: char) -> bool {
    GeneralCategoryGroup::Letter.contains(category(c))
}

pub(super) fn is_mark(c: char) -> bool {
    GeneralCategoryGroup::Mark.contains(category(c))
}

pub(super) fn is_virama(c: char) -> bool {
    CodePointMapData::<CanonicalCombiningClass>::new().get(c) == CanonicalCombiningClass::Virama
}

pub(super) fn script_of(c: char) -> Script {
    CodePointMapData::<Script>::new().get(c)
}

pub(super) fn is_ideograph(c: char) -> bool {
    CodePointSetData::new::<UnifiedIdeograph>().contains(c)
}

pub(super) fn is_mongolian(c: char) -> bool {
    is_letter(c) && script_of(c) == Script::Mongolian
}
