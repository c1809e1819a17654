//! Options that users write in one expression although they may get more fields.

/// For each field a method of the same name that sets it: `Options::default().field(value)`.
macro_rules! setters {
    ($options:ident { $($(#[$attribute:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        impl $options {
            $(
                #[doc = concat!("The same with this [`", stringify!($field), "`](#structfield.", stringify!($field), ").")]
                $(#[$attribute])*
                #[must_use]
                pub fn $field(mut self, $field: $type) -> Self {
                    self.$field = $field;
                    self
                }
            )+
        }
    };
}
