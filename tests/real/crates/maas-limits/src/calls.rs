//! How many calls passed, and how many did not? Under the names of Limitador's own server.
use std::{collections::BTreeMap, fmt::Write, sync::Mutex};

#[derive(Default)]
struct Totals {
    authorized_calls: u64,
    authorized_hits: u64,
    limited_calls: u64,
}

/// By namespace.
#[derive(Default)]
pub struct Calls(Mutex<BTreeMap<String, Totals>>);

impl Calls {
    /// A call that passed and was counted `hits` times.
    pub fn passed(&self, namespace: &str, hits: u64) {
        self.change(namespace, |totals| {
            totals.authorized_calls += 1;
            totals.authorized_hits += hits;
        });
    }

    /// What a response has used, without a call of its own.
    pub fn reported(&self, namespace: &str, hits: u64) {
        self.change(namespace, |totals| totals.authorized_hits += hits);
    }

    pub fn limited(&self, namespace: &str) {
        self.change(namespace, |totals| totals.limited_calls += 1);
    }

    /// Prometheus text.
    pub fn page(&self) -> String {
        let all = self.0.lock().unwrap();
        let mut text = "# TYPE limitador_up gauge\nlimitador_up 1\n".to_string();
        let counters: [(&str, fn(&Totals) -> u64); 3] = [
            ("authorized_calls", |totals| totals.authorized_calls),
            ("authorized_hits", |totals| totals.authorized_hits),
            ("limited_calls", |totals| totals.limited_calls),
        ];
        for (name, value) in counters {
            let _ = writeln!(text, "# TYPE {name} counter");
            for (namespace, totals) in all.iter() {
                let _ = writeln!(text, "{name}{{limitador_namespace={namespace:?}}} {}", value(totals));
            }
        }
        text
    }

    fn change(&self, namespace: &str, change: impl FnOnce(&mut Totals)) {
        change(self.0.lock().unwrap().entry(namespace.to_string()).or_default());
    }
}
