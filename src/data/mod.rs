//! Data sets, their splits and their encoding as spike times.
