//! Pictures of spikes, voltages, training and decisions, as SVG.
