//! One dispatch of one shader, with the contents of its buffers given and taken back.

use bytemuck::Pod;

/// A device of the test's own: engines do not lend theirs.
pub struct Device {
    device: wgpu::Device,
    queue: wgpu::Queue,
}

/// What a binding holds.
pub enum Bound {
    Uniform(Vec<u8>),
    Read(Vec<u8>),
    Written(Vec<u8>),
}

pub fn uniform<T: Pod>(value: &T) -> Bound {
    Bound::Uniform(bytemuck::bytes_of(value).to_vec())
}

pub fn read<T: Pod>(values: &[T]) -> Bound {
    Bound::Read(bytemuck::cast_slice(values).to_vec())
}

pub fn written<T: Pod>(values: &[T]) -> Bound {
    Bound::Written(bytemuck::cast_slice(values).to_vec())
}

/// A device on an adapter, where an engine has one; else the test is skipped, or fails, as for engines.
pub fn device() -> Option<Device> {
    crate::device::gpu()?;
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let options = wgpu::RequestAdapterOptions {
        power_preference: wgpu::PowerPreference::HighPerformance,
        ..Default::default()
    };
    let adapter = pollster::block_on(instance.request_adapter(&options));
    let adapter = adapter.expect("an engine has one");
    let descriptor = wgpu::DeviceDescriptor {
        required_limits: wgpu::Limits::default(),
        ..Default::default()
    };
    let opened = pollster::block_on(adapter.request_device(&descriptor));
    let (device, queue) = opened.expect("an engine opened it");
    Some(Device { device, queue })
}

impl Device {
    /// Runs the entry point `entry`; gives the bytes of what it writes, in the order of `bindings`.
    pub fn run(
        &self,
        entry: &str,
        text: &str,
        bindings: &[(u32, Bound)],
        workgroups: [u32; 3],
    ) -> Vec<Vec<u8>> {
        let module = self
            .device
            .create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(entry),
                source: wgpu::ShaderSource::Wgsl(text.into()),
            });
        let pipeline = self
            .device
            .create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(entry),
                layout: None,
                module: &module,
                entry_point: Some(entry),
                compilation_options: Default::default(),
                cache: None,
            });
        let buffers: Vec<wgpu::Buffer> =
            bindings.iter().map(|(_, bound)| self.fill(bound)).collect();
        let entries: Vec<wgpu::BindGroupEntry<'_>> = bindings
            .iter()
            .zip(&buffers)
            .map(|((binding, _), buffer)| wgpu::BindGroupEntry {
                binding: *binding,
                resource: buffer.as_entire_binding(),
            })
            .collect();
        let group = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(entry),
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        let mut encoder = self.device.create_command_encoder(&Default::default());
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.dispatch_workgroups(workgroups[0], workgroups[1], workgroups[2]);
        drop(pass);
        let is_written = |bound: &Bound| matches!(bound, Bound::Written(_));
        let results = bindings.iter().zip(&buffers);
        let results = results.filter(|((_, bound), _)| is_written(bound));
        let readable: Vec<wgpu::Buffer> = results
            .map(|(_, buffer)| {
                let usage = wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ;
                let readable = self.buffer(buffer.size(), usage);
                encoder.copy_buffer_to_buffer(buffer, 0, &readable, 0, buffer.size());
                readable
            })
            .collect();
        self.queue.submit([encoder.finish()]);
        for buffer in &readable {
            let mapped = |result: Result<(), _>| result.expect("a buffer to read can be mapped");
            buffer.slice(..).map_async(wgpu::MapMode::Read, mapped);
        }
        let polled = self.device.poll(wgpu::PollType::wait_indefinitely());
        polled.expect("the device ends its work");
        let bytes = |buffer: &wgpu::Buffer| {
            let view = buffer.slice(..).get_mapped_range();
            view.expect("it is mapped").to_vec()
        };
        readable.iter().map(bytes).collect()
    }

    fn buffer(&self, size: u64, usage: wgpu::BufferUsages) -> wgpu::Buffer {
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size,
            usage,
            mapped_at_creation: false,
        })
    }

    fn fill(&self, bound: &Bound) -> wgpu::Buffer {
        let (usage, bytes) = match bound {
            Bound::Uniform(bytes) => (wgpu::BufferUsages::UNIFORM, bytes),
            Bound::Read(bytes) | Bound::Written(bytes) => (wgpu::BufferUsages::STORAGE, bytes),
        };
        let usage = usage | wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC;
        let buffer = self.buffer(bytes.len() as u64, usage);
        self.queue.write_buffer(&buffer, 0, bytes);
        buffer
    }
}
