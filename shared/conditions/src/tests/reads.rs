//! Which parameters a condition names.

use super::compile;

#[test]
fn the_paths_that_a_condition_refers_to_are_known() {
    let table: &[(&str, &[&[&str]])] = &[
        ("true", &[]),
        ("params.country == 'DE'", &[&["country"]]),
        ("params.b > 1 && params.a > 1 && params.b < 5", &[&["a"], &["b"]]),
        ("params.customer.id == params['customer'].name", &[&["customer", "id"], &["customer", "name"]]),
        ("has(params.customer.id)", &[&["customer", "id"]]),
        ("params.items[0].sku == 'a'", &[&["items"]]),
        ("params.items[params.index].sku == 'a'", &[&["index"], &["items"]]),
        ("params[action].x == 1", &[&[]]),
        ("params.exists(k, k == 'a')", &[&[]]),
        ("'a' in params", &[&[]]),
        ("params.items.exists(i, i.price > params.limit)", &[&["items"], &["limit"]]),
        ("params.name.startsWith('a') || size(params.list) > 1", &[&["list"], &["name"]]),
        ("{'a': params.x}.a == [params.y][0] ? -params.z > 0 : !params.w", &[&["w"], &["x"], &["y"], &["z"]]),
        ("requester.id == origin.repo", &[]),
    ];
    for (text, paths) in table {
        assert_eq!(compile(text).unwrap().reads(), *paths, "{text}");
    }
}

#[test]
fn a_condition_is_shared_between_threads_and_prints_its_text() {
    fn shared<T: Send + Sync + Clone>(_: &T) {}
    let condition = compile("params.a > 1").unwrap();
    shared(&condition);
    assert_eq!(condition.source(), "params.a > 1");
    assert_eq!(format!("{condition:?}"), r#"Condition("params.a > 1")"#);
}
