//! Dates within a frame.

use super::Cursor;
use crate::{
    error::ParseError,
    types::{Date, DateTime},
};

impl Cursor<'_> {
    /// `date = date-text / DQUOTE date-text DQUOTE`
    pub fn date(&mut self) -> Result<Date, ParseError> {
        let quoted = self.eat(b'"');
        let date = self.date_text(false)?;
        if quoted {
            self.byte(b'"', "the closing quote")?;
        }
        Ok(date)
    }

    /// `date-text = date-day "-" date-month "-" date-year`, and with `fixed` `date-day-fixed`, which has two places.
    fn date_text(&mut self, fixed: bool) -> Result<Date, ParseError> {
        let start = self.at();
        let padded = fixed && self.eat(b' ');
        let day = self.digits(1, if padded { 1 } else { 2 })?;
        self.byte(b'-', "a hyphen")?;
        let name = self.rest().get(..3).and_then(Date::month_named);
        let month = name.ok_or_else(|| self.error("the name of a month"))?;
        self.skip(3);
        self.byte(b'-', "a hyphen")?;
        let year = self.digits(4, 4)?;
        let day = u8::try_from(day).unwrap_or(u8::MAX);
        Date::new(year, month, day).map_err(|_| self.error_at(start, "a day of the calendar"))
    }

    fn digits(&mut self, least: usize, most: usize) -> Result<u16, ParseError> {
        let (mut value, mut count) = (0, 0);
        while let Some(digit @ b'0'..=b'9') = self.peek()
            && count < most
        {
            value = value * 10 + u16::from(digit - b'0');
            self.skip(1);
            count += 1;
        }
        if count < least { Err(self.error("a digit")) } else { Ok(value) }
    }

    fn two_digits(&mut self) -> Result<u8, ParseError> {
        self.digits(2, 2).map(|value| u8::try_from(value).unwrap_or(u8::MAX))
    }

    /// `date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE`
    pub fn date_time(&mut self) -> Result<DateTime, ParseError> {
        let start = self.at();
        self.byte(b'"', "a date and time in quotes")?;
        let date = self.date_text(true)?;
        self.sp()?;
        let hour = self.two_digits()?;
        self.byte(b':', "a colon")?;
        let minute = self.two_digits()?;
        self.byte(b':', "a colon")?;
        let second = self.two_digits()?;
        self.sp()?;
        let west = self.eat(b'-');
        if !west {
            self.byte(b'+', "a zone")?;
        }
        let (hours, minutes) = (i16::from(self.two_digits()?), i16::from(self.two_digits()?));
        self.byte(b'"', "the closing quote")?;
        let zone = hours * 60 + minutes;
        DateTime::new(date, hour, minute, second, if west { -zone } else { zone })
            .map_err(|_| self.error_at(start, "a time of day and its zone"))
    }
}
