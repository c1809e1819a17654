//! The program over several processes that `mpirun` starts: the files of one process, and what is left when one of them is killed.

mod alike;
mod full_disk;
mod killed;
mod same_files;
mod started;
mod trained;
