//! Writes under a condition: tells a condition that does not hold from a table that cannot be reached.

use crate::StoreError;
use crate::item::Item;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::error::ConditionalCheckFailedException;
use std::error::Error;
use std::fmt::Debug;

/// What came of one write under a condition.
pub(crate) enum Written<O> {
    /// It is written: the SDK's output.
    Done(O),
    /// The condition did not hold; the item that stands there, where there is one and the write asked for it.
    Lost(Option<Item>),
}

impl<O> Written<O> {
    pub(crate) fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}

/// An error of a write that may have a condition.
pub(crate) trait Conditional: Error + 'static {
    /// The condition, where that is what failed.
    fn condition(&self) -> Option<&ConditionalCheckFailedException>;
}

macro_rules! conditional {
    ($($error:ident),*) => {$(
        impl Conditional for $error {
            fn condition(&self) -> Option<&ConditionalCheckFailedException> {
                if let Self::ConditionalCheckFailedException(failed) = self { Some(failed) } else { None }
            }
        }
    )*};
}

conditional!(PutItemError, UpdateItemError, DeleteItemError);

/// What came of a write, from what the SDK returned.
pub(crate) fn written<O, E, R>(
    operation: &'static str,
    result: Result<O, SdkError<E, R>>,
) -> Result<Written<O>, StoreError>
where
    E: Conditional,
    R: Debug + 'static,
{
    match result {
        Ok(output) => Ok(Written::Done(output)),
        Err(error) => match error.as_service_error().and_then(E::condition) {
            Some(failed) => Ok(Written::Lost(failed.item.clone())),
            None => Err(StoreError::sdk(operation)(error)),
        },
    }
}
