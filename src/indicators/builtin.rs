//! The embedded default table, saved as any table can be. The lists it is made of lie in `data/`; a test reads them with the importers,
//! compares, and with `UPDATE=1` writes it anew. `NOTICE` names their sources.

/// The table's octets.
pub(crate) const TABLE: &[u8] = include_bytes!("builtin.table");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicators::table::IndicatorTable;

    #[test]
    fn the_octets_are_a_table() {
        let loaded = IndicatorTable::load(TABLE.to_vec()).unwrap();
        assert_eq!(loaded.len(), IndicatorTable::builtin().len());
        assert_eq!(loaded.indicators().count(), loaded.len());
        assert!(loaded.len() > 1_000);
    }
}
